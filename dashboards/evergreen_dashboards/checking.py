"""Opens every dashboard as people do, and finds errors, charts without data, and requests of other hosts."""

from __future__ import annotations

import io
import json
import re
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.request import OpenerDirector

from evergreen_dashboards import browser, datasets
from evergreen_dashboards.dashboards import Dashboard
from evergreen_dashboards.datasets import Terms
from evergreen_dashboards.state import ADMINISTRATOR, State

WIDTH = 1500
_TALL = 4000  # so that nothing waits to be scrolled to
_QUERY = "/api/v1/chart/data"
_READY = """
    document.querySelectorAll('.dashboard-component-chart-holder').length >= %d
    && !document.querySelector('[data-test="loading-indicator"], .loading')
"""
_HEIGHT = "Math.ceil(document.querySelector('.grid-content').getBoundingClientRect().bottom) + 16"


def check(address: str, pictures: Path | None, queries: Path | None) -> int:
    """Look at every dashboard; say what is wrong, one line each; return 1 if anything is.

    Args:
        address: of a running Superset.
        pictures: folder that gets one PNG per dashboard.
        queries: file that gets the SQL of every chart, as JSON: dashboard → chart → statements.
    """
    wrong: list[str] = []
    asked: dict[str, dict[str, list[str]]] = {}
    client, cookies = _login(address)
    host = urllib.parse.urlsplit(address).hostname or ""
    with browser.opened(_QUERY, cookies, host) as page:
        for dashboard in Dashboard.all(datasets.load(Terms.load())):
            page.visit(f"{address}/superset/dashboard/{dashboard.slug}/?standalone=1", WIDTH, _TALL)
            if not page.settle(_READY % len(dashboard.charts)):
                wrong.append(f"{dashboard.slug}: is not ready in time")
            found = _answers(client, address, dashboard.slug, page)
            asked[dashboard.slug] = {name: answer.statements for name, answer in found.items()}
            for chart in dashboard.charts:
                answer = found.get(chart.name, _Answer(complaint="has asked for nothing"))
                if answer.complaint:
                    wrong.append(f"{dashboard.slug}: {chart.name}: {answer.complaint}")
            wrong += [f"{dashboard.slug}: asks {url}" for url in _foreign(page.requests, host)]
            wrong += [f"{dashboard.slug}: {text}" for text in page.complaints]
            if pictures:
                pictures.mkdir(parents=True, exist_ok=True)
                image = page.picture(WIDTH, int(page.evaluate(_HEIGHT)))
                (pictures / f"{dashboard.slug}.png").write_bytes(_small(image))
            print(f"{dashboard.slug:16} {len(dashboard.charts)} charts, {len(page.requests)} requests")
    if queries:
        queries.parent.mkdir(parents=True, exist_ok=True)
        queries.write_text(json.dumps(asked, indent=2, ensure_ascii=False), encoding="utf-8")
    print(*wrong, sep="\n")
    return 1 if wrong else 0


@dataclass
class _Answer:
    """What a chart asked the database, and what is wrong with the answer, if anything."""

    statements: list[str] = field(default_factory=list)
    complaint: str = ""


def _answers(client: OpenerDirector, address: str, slug: str, page: browser.Page) -> dict[str, _Answer]:
    """Return the answers by chart."""
    with client.open(f"{address}/api/v1/dashboard/{slug}/charts", timeout=60) as answer:
        names = {chart["id"]: chart["slice_name"] for chart in json.load(answer)["result"]}
    found: dict[str, _Answer] = {}
    for url, status, body in page.answers():
        said = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query).get("form_data", ["{}"])[0]
        if name := names.get(json.loads(said).get("slice_id")):
            _read(status, body, found.setdefault(name, _Answer()))
    return found


def _read(status: int, body: str, answer: _Answer) -> None:
    if status != 200:
        answer.complaint = f"status {status}: {body[:300]}"
        return
    for one in json.loads(body)["result"]:
        answer.statements.append(one["query"])
        if one.get("error"):
            answer.complaint = one["error"]
        elif not one["rowcount"]:
            answer.complaint = "returns no data"


def _foreign(requests: list[str], host: str) -> list[str]:
    return [
        url
        for url in requests
        if not url.startswith(("data:", "blob:", "about:")) and urllib.parse.urlsplit(url).hostname != host
    ]


def _login(address: str) -> tuple[OpenerDirector, dict[str, str]]:
    """Log in as the administrator; return a client that is, and its cookies."""
    jar = CookieJar()
    client = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with client.open(f"{address}/login/", timeout=60) as answer:
        page = answer.read().decode()
    token = re.search(r'id="csrf_token"[^>]*value="([^"]+)"', page)
    said = {"username": ADMINISTRATOR, "password": State.read().admin_password}
    if token:
        said["csrf_token"] = token[1]
    with client.open(f"{address}/login/", urllib.parse.urlencode(said).encode(), timeout=60) as answer:
        if "/login" in answer.geturl():
            raise browser.BrowserError(f"{address}: refuses the administrator's password")
    return client, {cookie.name: cookie.value or "" for cookie in jar}


def _small(image: bytes) -> bytes:
    """Return a PNG with fewer colours: pictures of charts have few."""
    from PIL import Image

    small: Any = Image.open(io.BytesIO(image)).convert("RGB").quantize(96, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, "png", optimize=True)
    return buffer.getvalue()

"""Asking a web service for pages: again after failures that pass, never in a circle, never elsewhere."""

from __future__ import annotations

import email.utils
import hashlib
import json
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

import httpx

from evergreen.errors import EvergreenError
from evergreen.sources.access import HttpTable
from evergreen.sources.definition import Source
from evergreen.sources.formats.json_items import Number
from evergreen.sources.locations import redacted

LARGEST_ANSWER = 64 << 20
"""Bytes of one answer; a page that is larger asks for a smaller page size."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which it is worth asking again."""


def rows_of(body: bytes, items: str | None, address: str) -> list[Any]:
    """Take the rows out of an answer.

    Raises:
        EvergreenError: it is no JSON, or holds no list under the key `items`.
    """
    content = parsed(body, address)
    rows = _dig(content, items) if items else content
    if not isinstance(rows, list):
        there = ", ".join(content) if isinstance(content, dict) else type(content).__name__
        raise EvergreenError(
            f"{address}: the answer has no list {f'under {items!r}' if items else ''}: it has {there}"
        )
    return rows


class Client:
    """Asks, waits and asks again; the token goes to the base's own host only."""

    def __init__(self, source: Source, base: str, token: str | None) -> None:
        parts = urlsplit(base)
        # What the location asks for, such as a key, goes along with every request.
        self.parameters = dict(parse_qsl(parts.query))
        self.base = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + "/", "", ""))
        self.answered_on: date | None = None
        self._access = source.http
        self._hint = ""
        if self._access.token_environment and not token:
            self._hint = f": set {self._access.token_environment} to a token"
        headers = {"Accept": "application/json", "User-Agent": "evergreen"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.Client(
            headers=headers, timeout=self._access.timeout_seconds, follow_redirects=True
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def pages(
        self, address: str, http: HttpTable, parameters: Mapping[str, str]
    ) -> Iterator[tuple[bytes, list[Any]]]:
        """Yield the answers that hold the table, each with its rows.

        Raises:
            EvergreenError: the service cannot be reached, refuses, or pages in a circle.
        """
        paging = http.paging
        shown = redacted(address)
        if paging is None:
            body = self.get(address, parameters)
            yield body, rows_of(body, http.items, shown)
            return
        asked: dict[str, str] = dict(parameters)
        if paging.size_parameter:
            asked[paging.size_parameter] = str(paging.size)
        visited = _Visited(shown)
        number = paging.first
        following: str | None = address
        while following is not None:
            if paging.by == "number":
                asked[paging.parameter] = str(number)
            body = self.get(following, asked)
            rows = rows_of(body, http.items, shown)
            if paging.by == "number":
                # A page may be shorter than asked for: only an empty one is the end.
                if not rows:
                    return
                visited.body(body, f"{paging.parameter}={number}")
                number += 1
            else:
                following, asked = self._next(following, body, paging.next, shown), {}
                visited.address(following)
            yield body, rows

    def _next(self, address: str, body: bytes, key: str, shown: str) -> str | None:
        link = _dig(parsed(body, shown), key)
        if not link:
            return None
        if not isinstance(link, str):
            raise EvergreenError(f"{shown}: {key!r} in the answer is no address")
        following = urljoin(address, link)
        if urlsplit(following)[:2] != urlsplit(self.base)[:2]:
            raise EvergreenError(
                f"{shown}: {key!r} in the answer leads to another host: {redacted(following)}"
            )
        return following

    def get(self, address: str, parameters: Mapping[str, str]) -> bytes:
        """Ask once, and again after failures that may pass, waiting longer each time."""
        shown = redacted(address)
        problem, wait = "", 0.0
        for attempt in range(self._access.attempts):
            if attempt:
                time.sleep(wait or min(30.0, 0.5 * 2**attempt) * random.uniform(0.5, 1))  # noqa: S311
            try:
                with self._http.stream("GET", address, params=dict(parameters) or None) as answer:
                    if answer.is_success:
                        self._note_day(answer)
                        return _body(answer, shown)
                    problem, wait = f"answered {answer.status_code}", _retry_after(answer)
                    if answer.status_code not in PASSING:
                        hint = self._hint if answer.status_code in (401, 403) else ""
                        raise EvergreenError(f"{shown}: {problem} {answer.reason_phrase}{hint}")
            except httpx.TransportError as error:
                problem, wait = " ".join(str(error).split()) or type(error).__name__, 0.0
            except httpx.HTTPError as error:
                raise EvergreenError(f"{shown}: {' '.join(str(error).split())}") from None
        raise EvergreenError(f"{shown}: {problem}, {self._access.attempts} times: is the service up?")

    def _note_day(self, answer: httpx.Response) -> None:
        parsed = email.utils.parsedate_tz(answer.headers.get("Date", ""))
        if parsed and self.answered_on is None:
            self.answered_on = date(*parsed[:3])


@dataclass
class _Visited:
    """Notices a service that turns in a circle."""

    shown: str
    last_digest: bytes = b""
    addresses: set[str] = field(default_factory=set)

    def body(self, body: bytes, page: str) -> None:
        digest = hashlib.sha256(body).digest()
        if digest == self.last_digest:
            raise EvergreenError(f"{self.shown}: {page} repeats the page before: is paging.parameter right?")
        self.last_digest = digest

    def address(self, address: str | None) -> None:
        if address in self.addresses:
            raise EvergreenError(f"{self.shown}: the pages lead in a circle")
        if address:
            self.addresses.add(address)


def _body(answer: httpx.Response, shown: str) -> bytes:
    parts, length = [], 0
    for part in answer.iter_bytes():
        parts.append(part)
        length += len(part)
        if length > LARGEST_ANSWER:
            raise EvergreenError(
                f"{shown}: one answer is larger than {LARGEST_ANSWER >> 20} MiB: set a smaller paging.size"
            )
    return b"".join(parts)


def parsed(body: bytes, shown: str) -> Any:
    """Return what an answer says.

    Raises:
        EvergreenError: it is no JSON.
    """
    try:
        return json.loads(body, parse_float=Number)
    except (ValueError, RecursionError):
        raise EvergreenError(
            f"{shown}: the answer is no JSON: {body[:60].decode('utf-8', 'replace')!r}"
        ) from None


def _dig(content: Any, key: str) -> Any:
    for part in key.split("."):
        content = content.get(part) if isinstance(content, dict) else None
    return content


def _retry_after(answer: httpx.Response) -> float:
    seconds = answer.headers.get("Retry-After", "")
    return min(60.0, float(seconds)) if seconds.isdigit() else 0.0

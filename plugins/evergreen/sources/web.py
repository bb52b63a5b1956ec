"""Sources that are web services: answers page by page, kept on disk while they are loaded."""

from __future__ import annotations

import email.utils
import hashlib
import json
import random
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import httpx

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.settings import environment_secret
from evergreen.sources.connections import connection
from evergreen.sources.definition import HttpTable, Source, Table
from evergreen.sources.files import parents_first
from evergreen.sources.formats.json_items import Item, Number
from evergreen.sources.formats.json_text import stream_of_items
from evergreen.sources.locations import redacted, scheme
from evergreen.sources.reading import Seen, Stream

LARGEST_ANSWER = 256 << 20
"""Bytes of one answer; a page that is larger asks for a smaller page size."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which it is worth asking again."""


class Pages:
    """The bodies of the answers, on disk; gone when nothing refers to them any more."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        self._ends: list[int] = [0]
        self._digest = hashlib.sha256()

    def add(self, body: bytes) -> None:
        """Keep one more body."""
        self._file.seek(0, 2)
        self._file.write(body)
        self._ends.append(self._file.tell())
        self._digest.update(body)

    def __iter__(self) -> Iterator[bytes]:
        for start, end in zip(self._ends, self._ends[1:], strict=False):
            self._file.seek(start)
            yield self._file.read(end - start)

    @property
    def fingerprint(self) -> str:
        """Digest of all bodies."""
        return self._digest.hexdigest()


@dataclass(frozen=True, slots=True)
class HttpDelivery:
    """All that the service answered for one table; see `reading.Delivery`."""

    definition: Table
    http: HttpTable
    pages: Pages
    address: str
    file_or_cursor: str
    delivered_on: date | None
    cursor: str | None
    is_complete: bool
    bytes_total: None = None

    @property
    def source(self) -> str:
        """Name of the source."""
        return self.definition.source

    @property
    def table(self) -> str:
        """Name of the table."""
        return self.definition.name

    @property
    def fingerprint(self) -> str:
        """Digest of the answers."""
        return self.pages.fingerprint

    @contextmanager
    def open(self) -> Iterator[Stream]:
        """Read what was answered."""
        yield stream_of_items(self.items, self.definition, self.address)

    def items(self) -> Iterator[Item]:
        """Yield the rows of all answers, from the first on."""
        for body in self.pages:
            for value in rows_of(body, self.http.items, self.address):
                raw = json.dumps(value, ensure_ascii=False)
                yield Item(raw, value) if isinstance(value, dict) else Item(raw, {}, "an object is needed")


def discover(
    source: Source, location: str, seen: Seen, cursors: Mapping[str, str | None]
) -> Iterator[HttpDelivery]:
    """Ask the service for each table, parents before children; see `reading.discover`."""
    base, token = _access(source, location)
    with Client(source, base, token) as client:
        for table in parents_first(source):
            assert table.http is not None
            delivery = _delivery(source, table, table.http, client, cursors.get(table.name))
            if not seen(table.name, delivery.file_or_cursor, delivery.fingerprint):
                yield delivery


def check(source: Source, location: str) -> None:
    """See whether the service answers for each table; see `reading.check`."""
    base, token = _access(source, location)
    with Client(source, base, token) as client:
        for table in source.tables.values():
            assert table.http is not None
            address = urljoin(client.base, table.http.path)
            next(client.pages(address, table.http, client.parameters | table.http.parameters), None)


def _delivery(
    source: Source, table: Table, http: HttpTable, client: Client, cursor: str | None
) -> HttpDelivery:
    address = urljoin(client.base, http.path)
    parameters = client.parameters | http.parameters
    mark = _Mark(source, table, cursor) if http.since and table.updated_at else None
    if mark and http.since and (since := mark.since()):
        parameters[http.since] = since
    pages = Pages()
    with progress.step(f"Reading {redacted(address)}", unit="pages") as step:
        for body, rows in client.pages(address, http, parameters):
            pages.add(body)
            if mark:
                mark.watch(rows)
            step.advance(1, rows=len(rows))
    return HttpDelivery(
        definition=table,
        http=http,
        pages=pages,
        address=redacted(address),
        file_or_cursor=f"{http.path} to {mark.highest}" if mark and mark.highest else http.path,
        delivered_on=client.answered_on,
        cursor=mark.highest if mark else None,
        is_complete=mark is None or cursor is None,
    )


def rows_of(body: bytes, items: str | None, address: str) -> list[Any]:
    """Take the rows out of an answer.

    Raises:
        EvergreenError: it is no JSON, or holds no list under the key `items`.
    """
    content = _parsed(body, address)
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
        link = _dig(_parsed(body, shown), key)
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


class _Mark:
    """The high-water mark of a table: the greatest time of change among its rows."""

    def __init__(self, source: Source, table: Table, cursor: str | None) -> None:
        assert table.updated_at is not None
        self._headers = table.column(table.updated_at).headers
        self._zone = ZoneInfo(source.time_zone)
        self._look_back = table.look_back
        self.highest = cursor

    def since(self) -> str | None:
        """Return the mark less the look-back, ISO 8601."""
        moment = self._moment(self.highest)
        return (moment - self._look_back).isoformat() if moment else None

    def watch(self, rows: list[Any]) -> None:
        """Raise the mark to the latest of these rows."""
        for row in rows:
            for header in self._headers if isinstance(row, dict) else ():
                moment = self._moment(row.get(header))
                now = self._moment(self.highest)
                if moment and (now is None or moment > now):
                    self.highest = moment.isoformat()

    def _moment(self, text: object) -> datetime | None:
        try:
            moment = datetime.fromisoformat(str(text))
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=self._zone)


def _access(source: Source, location: str) -> tuple[str, str | None]:
    """Return base URL and token; a location without scheme is the id of an Airflow connection."""
    token: str | None = None
    if source.http.token_connection:
        token = connection(source.http.token_connection).password
    elif source.http.token_environment:
        token = environment_secret(source.http.token_environment)
    if scheme(location):
        return location, token
    known = connection(location)
    kind = known.schema if known.schema in ("http", "https") else "https"
    host = known.host or ""
    base = host if scheme(host) else f"{kind}://{host}{f':{known.port}' if known.port else ''}"
    return base, token or known.password


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


def _parsed(body: bytes, shown: str) -> Any:
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

"""Sources that are web services: answers page by page, kept on disk while they are loaded."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from evergreen import progress
from evergreen.settings import environment_secret
from evergreen.sources.access import HttpTable
from evergreen.sources.connections import connection
from evergreen.sources.definition import Source, Table
from evergreen.sources.files import parents_first
from evergreen.sources.formats.json_items import Item
from evergreen.sources.formats.json_text import stream_of_items
from evergreen.sources.locations import redacted, scheme
from evergreen.sources.reading import Seen, Stream
from evergreen.sources.web_client import Client, rows_of


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
    """Ask the service for each table, parents before children; see `discovery.discover`."""
    base, token = _access(source, location)
    with Client(source, base, token) as client:
        for table in parents_first(source):
            assert table.http is not None
            delivery = _delivery(source, table, table.http, client, cursors.get(table.name))
            if not seen(table.name, delivery.file_or_cursor, delivery.fingerprint):
                yield delivery


def check(source: Source, location: str) -> None:
    """See whether the service answers for each table; see `discovery.check`."""
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

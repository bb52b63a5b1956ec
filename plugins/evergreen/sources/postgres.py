"""Sources that are tables of another Postgres database: what changed since last time, as of one moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass

from psycopg import sql

from evergreen.errors import EvergreenError
from evergreen.sources.definition import Source, Table
from evergreen.sources.files import parents_first
from evergreen.sources.formats.copying import csv_options
from evergreen.sources.formats.tolerant import Dialect, tolerant_records
from evergreen.sources.reading import Record, Seen, Stream
from evergreen.sources.snapshot import Query, Relation, Snapshot

TIMES = ("timestamp with time zone", "timestamp without time zone", "date")
EVERYTHING = sql.SQL("true")


@dataclass(frozen=True, slots=True)
class PostgresDelivery:
    """What changed in a table; see `reading.Delivery`."""

    snapshot: Snapshot
    definition: Table
    columns: list[str]
    query: Query
    file_or_cursor: str
    fingerprint: str
    cursor: str | None
    is_complete: bool
    delivered_on: None = None
    bytes_total: None = None

    @property
    def source(self) -> str:
        """Name of the source."""
        return self.definition.source

    @property
    def table(self) -> str:
        """Name of the table."""
        return self.definition.name

    @contextmanager
    def open(self) -> Iterator[Stream]:
        """Start to read; one delivery of a snapshot at a time."""

        def reopen() -> Iterator[Record]:
            dialect = Dialect(len(self.columns), encoding="utf-8", declared_encoding="utf-8")
            with closing(self.snapshot.copied(self.query)) as again:
                yield from tolerant_records(again, dialect)

        with closing(self.snapshot.copied(self.query)) as blocks:
            yield Stream(self.columns, blocks, csv_options(), reopen)


def discover(
    source: Source, location: str, seen: Seen, cursors: Mapping[str, str | None]
) -> Iterator[PostgresDelivery]:
    """Find the tables in which something changed, parents before children; see `discovery.discover`.

    A table whose rows since the high-water mark less the look-back are those of the last reading is left out.
    """
    snapshot = Snapshot(location)
    for table in parents_first(source):
        delivery = _Reading(snapshot, table).delivery(cursors.get(table.name))
        if delivery and not seen(table.name, delivery.file_or_cursor, delivery.fingerprint):
            yield delivery


def check(source: Source, location: str) -> None:
    """See whether the database answers and has the tables; see `discovery.check`."""
    snapshot = Snapshot(location)
    for table in source.tables.values():
        _Reading(snapshot, table)


class _Reading:
    """A table about to be read: which of its columns, and which of its rows."""

    def __init__(self, snapshot: Snapshot, table: Table) -> None:
        self._snapshot = snapshot
        self._table = table
        self._relation: Relation = snapshot.relation(table.relation or f"public.{table.name}")
        found = self._relation.columns
        match = table.match(found)
        self._columns = [name for position, name in enumerate(found) if position not in match.ignored]
        self._list = sql.SQL(", ").join(map(sql.Identifier, self._columns))
        by_name = {column.name: name for name, column in zip(found, match.columns, strict=True) if column}
        self._header = by_name.get(table.updated_at) if table.updated_at else None
        if table.updated_at and self._header is None:
            expected = " or ".join(table.column(table.updated_at).headers)
            raise self._wrong(f"has no column {expected}, which tells what changed")

    def delivery(self, cursor: str | None) -> PostgresDelivery | None:
        """Say what to read, None where the table is empty and always was."""
        if self._header is None:
            return self._make(EVERYTHING, "whole table", self._digest(EVERYTHING), None, is_complete=True)
        mark = self._highest(self._header) or cursor
        if mark is None and not self._snapshot.rows(self._select(EVERYTHING, limit=1)):
            return None
        return self._make(
            self._since(cursor),
            f"{self._header} to {mark}",
            self._digest(self._since(mark)),
            mark,
            is_complete=cursor is None,
        )

    def _make(
        self, rows: Query, shown: str, fingerprint: str, mark: str | None, *, is_complete: bool
    ) -> PostgresDelivery:
        query = self._select(rows)
        return PostgresDelivery(
            self._snapshot, self._table, self._columns, query, shown, fingerprint, mark, is_complete
        )

    def _highest(self, header: str) -> str | None:
        """Return the high-water mark.

        A time from the future, of a clock that is wrong, must not carry it past what is yet to come.
        """
        kind = self._relation.types[header]
        look_back = self._table.look_back
        if look_back and kind not in TIMES:
            raise self._wrong(f"has {header} of type {kind}: look_back needs a time")
        moment = sql.Identifier(header)
        sane: Query = EVERYTHING
        if kind in TIMES:
            sane = sql.SQL("{} <= now() + {}").format(moment, sql.Literal(look_back))
        query = sql.SQL("select max({})::text from {} where {}").format(moment, self._relation.name, sane)
        [(highest,)] = self._snapshot.rows(query)
        return str(highest) if highest is not None else None

    def _since(self, mark: str | None) -> Query:
        """Rows from the mark on, less the look-back; rows without a time are always among them."""
        if mark is None or self._header is None:
            return EVERYTHING
        kind = sql.SQL(self._relation.types[self._header])
        least: Query = sql.SQL("{}::{}").format(sql.Literal(mark), kind)
        if self._table.look_back:
            least = sql.SQL("{} - {}").format(least, sql.Literal(self._table.look_back))
        return sql.SQL("({0} >= {1} or {0} is null)").format(sql.Identifier(self._header), least)

    def _select(self, rows: Query, limit: int | None = None) -> Query:
        query = sql.SQL("select {} from {} where {}").format(self._list, self._relation.name, rows)
        return query if limit is None else query + sql.SQL(" limit {}").format(sql.Literal(limit))

    def _digest(self, rows: Query) -> str:
        """Count the rows, and add up a hash of each: equal whatever their order."""
        query = sql.SQL("select count(*), sum(hashtextextended(row({})::text, 0)) from {} where {}")
        [(count, digest)] = self._snapshot.rows(query.format(self._list, self._relation.name, rows))
        return f"{count}:{digest}"

    def _wrong(self, problem: str) -> EvergreenError:
        return EvergreenError(
            f"database {self._snapshot.address}: table {self._relation.shown} {problem}: "
            f"see tables.{self._table.name} in sources/{self._table.source}.yml"
        )

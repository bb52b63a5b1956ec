"""A person's rows in `raw`, all versions of them: what goes, what stays without the person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import sql

from evergreen.erasure.record import Erased
from evergreen.loading import changes, ledger
from evergreen.loading.erased import customer_columns, needs_customer
from evergreen.loading.relations import comma, compose, conjunction, relations_of
from evergreen.sources.definition import Column, Source, Table
from evergreen.warehouse.connections import Connection


def pending_tables(connection: Connection, sources: Iterable[Source]) -> list[Table]:
    """Return the tables with batches between landing and promotion."""
    return [
        table
        for source in sources
        for table in source.tables.values()
        if ledger.pending(connection, table.source, table.name)
    ]


@dataclass(frozen=True)
class Eraser:
    """Takes one person out of tables of `raw`, in a transaction of the owner's, and counts in `done`."""

    connection: Connection
    namespace: str
    pseudonym: str
    done: Erased

    def erase(self, source: Source) -> None:
        """Take the person out of the tables of a source.

        Rows that mean nothing without a customer go; others stay as a guest's. What somebody wrote goes from
        them and from rows below them (an answer below its response).
        """
        tables = [table for table in source.tables.values() if self._exists(table)]
        for table in tables:  # all of them first, while their parents still name the person
            self.done.add("blank", f"raw.{table.qualified_name}", self._erase_texts(source, table))
        for table in tables:
            self._erase_rows(table)

    def _erase_rows(self, table: Table) -> None:
        name, raw = f"raw.{table.qualified_name}", relations_of(table).raw
        for column in self._columns(table):
            place = sql.Identifier(column.name)
            if needs_customer(table, column):
                word, statement = "deleted", compose("delete from {r} where {c} = %s", r=raw, c=place)
            else:
                word = "anonymous"
                statement = compose("update {r} set {c} = null where {c} = %s", r=raw, c=place)
            self.done.add(word, name, self.connection.execute(statement, [self.pseudonym]).rowcount)

    def _columns(self, table: Table) -> list[Column]:
        """Return the columns that may name the person."""
        return [c for c in customer_columns(table) if table.namespace(c) == self.namespace]

    def _erase_texts(self, source: Source, table: Table) -> int:
        """Empty the columns of free text in rows that name the person, or whose parents do."""
        texts = [sql.Identifier(column.name) for column in table.columns if column.free_text]
        if not texts:
            return 0
        named: list[tuple[sql.Composable, sql.Composable]] = [
            (sql.SQL(""), compose("changed.{name}", name=sql.Identifier(column.name)))
            for column in self._columns(table)
        ]
        named += [
            (joins, sql.Identifier(f"parent {depth}", column.name))
            for depth, joins, column in changes.through_parents(source, table)
        ]
        if not named:
            return 0
        raw = relations_of(table).raw
        rows = [
            compose(
                "select changed.ctid from {raw} as changed {joins} where {value} = {pseudonym}",
                raw=raw,
                joins=joins,
                value=value,
                pseudonym=sql.Literal(self.pseudonym),
            )
            for joins, value in named
        ]
        return self.connection.execute(
            compose(
                "update {raw} set {emptied} where ctid in ({rows}) and not ({are_empty})",
                raw=raw,
                emptied=comma([compose("{text} = null", text=text) for text in texts]),
                rows=sql.SQL(" union ").join(rows),
                are_empty=conjunction([compose("{text} is null", text=text) for text in texts]),
            )
        ).rowcount

    def _exists(self, table: Table) -> bool:
        row = self.connection.execute("select to_regclass(%s)", [f"raw.{table.qualified_name}"]).fetchone()
        return bool(row and row[0])

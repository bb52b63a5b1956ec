"""Rows whose parent has not arrived: they are in `raw`, in no fact, and enter by themselves when it comes.

Nothing has to be readmitted for that. A promotion says how many of its rows wait; who asks later is told how
many of those still do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from evergreen.loading.relations import compose, relations_of
from evergreen.sources.definition import Source, Table
from evergreen.warehouse.connections import Connection

RULE = "waits_for_parent"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows of a table that wait for rows of another.

    since: when the oldest of them were promoted.
    """

    source: str
    source_table: str
    column: str
    parent: str
    rows: int
    since: datetime


def record(connection: Connection, source: Source, table: Table, promotion_id: int) -> None:
    """Enter in `audit` how many rows of a promotion wait, by batch and reference."""
    for column, parent in table.references.items():
        connection.execute(
            compose(
                """
                insert into audit.gate_results (
                    batch_id, rule, column_name, severity, passed, failing_rows, message
                )
                select child._batch_id, {rule}, {column_name}, 'info', false, count(*), {message}
                from {raw} as child
                where child._promoted_in = {promotion} and child._superseded_in is null
                    and {is_orphan}
                group by child._batch_id
                """,
                rule=sql.Literal(RULE),
                column_name=sql.Literal(column),
                message=sql.Literal(f"no row of {parent} yet: they count from when it comes"),
                raw=relations_of(table).raw,
                promotion=sql.Literal(promotion_id),
                is_orphan=_is_orphan(source, column, parent),
            )
        )


def waiting(connection: Connection, sources: Iterable[Source]) -> list[Waiting]:
    """Return what waits now, of all that ever waited; as the loader."""
    found = []
    for source in sources:
        for table in source.tables.values():
            for column, parent in table.references.items():
                count, since = _still_waiting(connection, source, table, column)
                if count and since:
                    found.append(Waiting(source.source, table.name, column, parent, count, since))
    return found


def _still_waiting(
    connection: Connection, source: Source, table: Table, column: str
) -> tuple[int, datetime | None]:
    batches = connection.execute(
        """
        select array_agg(batch.batch_id), min(batch.promotion_id)
        from audit.gate_results as results
        inner join audit.load_batches as batch using (batch_id)
        where coalesce(batch.origin_source, batch.source) = %s and batch.source_table = %s
            and results.rule = %s and results.column_name = %s and batch.forgotten_in is null
        """,
        [source.source, table.name, RULE, column],
    ).fetchone()
    if not batches or batches[0] is None:
        return 0, None
    row = connection.execute(
        compose(
            """
            select count(*), min(batch.finished_at)
            from {raw} as child
            inner join audit.load_batches as batch on batch.batch_id = child._batch_id
            where child._promoted_in >= %s and child._batch_id = any(%s) and child._superseded_in is null
                and {is_orphan}
            """,
            raw=relations_of(table).raw,
            is_orphan=_is_orphan(source, column, table.references[column]),
        ),
        [batches[1], batches[0]],
    ).fetchone()
    return row or (0, None)


def _is_orphan(source: Source, column: str, parent: str) -> sql.Composable:
    """Return the condition that `child` names a parent, and there is no such row."""
    name, _, theirs = parent.partition(".")
    return compose(
        """
        child.{column} is not null and not exists (
            select from {parent} as parent
            where parent.{theirs} = child.{column} and parent._superseded_in is null
        )
        """,
        column=sql.Identifier(column),
        parent=relations_of(source.tables[name]).raw,
        theirs=sql.Identifier(theirs),
    )

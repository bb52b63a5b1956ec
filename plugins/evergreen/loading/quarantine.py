"""Quarantine: rows and batches that did not pass, kept as they came, with the rule they broke."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql
from psycopg.rows import class_row

from evergreen.loading.relations import comma, compose
from evergreen.loading.rows import Rows
from evergreen.warehouse.connections import Connection, Warehouse


@dataclass(frozen=True, slots=True)
class QuarantinedGroup:
    """How much of one batch is in quarantine for one rule; `is_batch`: the batch was rejected as a whole."""

    batch_id: int
    source: str
    source_table: str
    file_or_cursor: str
    rule: str
    column_name: str | None
    state: str
    rows: int
    is_batch: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """One row in quarantine: `row_text` is JSON, or raw text where the record could not be taken apart."""

    batch_id: int
    source: str
    source_table: str
    file_or_cursor: str
    line_number: int
    rule: str
    column_name: str | None
    row_text: str | None
    state: str

    @property
    def fields(self) -> dict[str, Any] | None:
        """The row's fields by name; None where there is raw text only."""
        try:
            content = json.loads(self.row_text or "")
        except ValueError:
            return None
        return content if isinstance(content, dict) else None


_ALL = """
    select batch_id, source, source_table, line_number, rule, column_name, row_text, state, quarantined_at,
        false as is_batch
    from quarantine.rows
    union all
    select batch_id, source, source_table, line_number, rule, null, row_text, state, quarantined_at, true
    from quarantine.batches
"""


def groups(
    warehouse: Warehouse,
    *,
    source: str | None = None,
    state: str | None = "quarantined",
) -> list[QuarantinedGroup]:
    """Return what is in quarantine by batch and rule, newest batches first; no values of rows.

    Args:
        warehouse: where; read as the steward.
        source: only this source.
        state: `quarantined`, `readmitted`, `discarded` or `erased`; None for all.
    """
    with (
        warehouse.connect("steward") as connection,
        connection.cursor(row_factory=class_row(QuarantinedGroup)) as cursor,
    ):
        return cursor.execute(
            f"""
            select
                kept.batch_id, kept.source, kept.source_table,
                coalesce(batch.file_or_cursor, '') as file_or_cursor,
                kept.rule, kept.column_name, kept.state, kept.is_batch, count(*) as rows,
                min(kept.quarantined_at) as since
            from ({_ALL}) as kept
            left join audit.load_batches as batch using (batch_id)
            where (%(source)s::text is null or kept.source = %(source)s)
                and (%(state)s::text is null or kept.state = %(state)s)
            group by 1, 2, 3, 4, 5, 6, 7, 8
            order by kept.batch_id desc, rows desc, kept.rule, kept.column_name
            """,
            {"source": source, "state": state},
        ).fetchall()


def rows(
    warehouse: Warehouse,
    batch_id: int,
    *,
    rule: str | None = None,
    limit: int | None = 20,
) -> list[QuarantinedRow]:
    """Return quarantined rows of a batch, by line. They hold personal data: for a steward, not for logs.

    Args:
        warehouse: where; read as the steward.
        batch_id: the batch.
        rule: only those that broke this rule.
        limit: at most so many; None for all.
    """
    with (
        warehouse.connect("steward") as connection,
        connection.cursor(row_factory=class_row(QuarantinedRow)) as cursor,
    ):
        return cursor.execute(
            f"""
            select
                kept.batch_id, kept.source, kept.source_table,
                coalesce(batch.file_or_cursor, '') as file_or_cursor,
                kept.line_number, kept.rule, kept.column_name, kept.row_text, kept.state
            from ({_ALL}) as kept
            left join audit.load_batches as batch using (batch_id)
            where kept.batch_id = %(batch_id)s and (%(rule)s::text is null or kept.rule = %(rule)s)
            order by kept.line_number
            limit %(limit)s
            """,
            {"batch_id": batch_id, "rule": rule, "limit": limit},
        ).fetchall()


def quarantine_rows(connection: Connection, sound: Rows) -> int:
    """Set the failing rows of a promotion aside, as they were landed; return their number."""
    return connection.execute(
        compose(
            """
            insert into quarantine.rows (
                batch_id, source, source_table, line_number, rule, column_name, row_text
            )
            select
                landed._batch_id, {source}, {table}, landed._line_number, failing.rule, failing.column_name,
                {text}
            from {landing} as landed
            inner join failing
                on failing._batch_id = landed._batch_id and failing._line_number = landed._line_number
                and not failing.is_suppressed
            order by landed._batch_id, landed._line_number
            """,
            source=sql.Literal(sound.table.source),
            table=sql.Literal(sound.table.name),
            text=_text(sound),
            landing=sound.names.landing,
        )
    ).rowcount


def quarantine_batches(connection: Connection, sound: Rows) -> int:
    """Set all rows of the rejected batches of a promotion aside; return their number."""
    return connection.execute(
        compose(
            """
            insert into quarantine.batches (batch_id, line_number, source, source_table, rule, row_text)
            select landed._batch_id, landed._line_number, {source}, {table}, gated.rejected_for, {text}
            from {landing} as landed
            inner join gated on gated.batch_id = landed._batch_id and gated.rejected_for is not null
            order by landed._batch_id, landed._line_number
            """,
            source=sql.Literal(sound.table.source),
            table=sql.Literal(sound.table.name),
            text=_text(sound),
            landing=sound.names.landing,
        )
    ).rowcount


def _text(sound: Rows) -> sql.Composable:
    """Return SQL for a landed row as it came: its raw text, or its fields as JSON under our names."""
    names = [*(column.name for column in sound.table.columns), *sound.evolved]
    pairs = [
        comma([sql.Literal(name), compose("landed.{name}", name=sql.Identifier(name))]) for name in names
    ]
    return compose("coalesce(landed._raw_text, json_build_object({pairs})::text)", pairs=comma(pairs))

"""The way back from quarantine: rows that were held back are landed again, as a batch of their own.

What comes after is what every batch goes through: the gate as it is now judges them, and one promotion
accounts for them. A row that fails again is in quarantine again, with the new batch.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from evergreen.errors import EvergreenError
from evergreen.loading import decisions, headers, ledger, tables
from evergreen.loading.decisions import EVERYTHING, Choice, Decision, Held
from evergreen.loading.headers import Landing, announce, judge_header, make_room, mark_forbidden, plan_landing
from evergreen.loading.locks import loading
from evergreen.loading.relations import comma, compose, relations_of
from evergreen.sources.definition import Source, Table
from evergreen.warehouse.connections import Connection, Warehouse

UNREADABLE = "was held back as a record that cannot be taken apart"


@dataclass(frozen=True, slots=True)
class Readmitted:
    """Rows on their way back.

    batch_id: the batch they are now.
    unreadable_rows: how many of those chosen stay in quarantine, because they cannot be taken apart.
    """

    batch_id: int
    rows: int
    unreadable_rows: int


def readmit(warehouse: Warehouse, source: Source, batch_id: int, choice: Choice = EVERYTHING) -> Readmitted:
    """Land rows of a batch that wait in quarantine again; gate and promotion take it from there.

    Of a batch that was rejected as a whole, all rows come back. Single rows that could not be taken apart
    stay: only their source can deliver them in a form that can be read.

    Args:
        warehouse: where.
        source: the definition, as it is now, of the source that delivered the rows.
        batch_id: the batch with which they were set aside.
        choice: which rows.

    Raises:
        EvergreenError: nothing waits, or the definition does not take the rows as they are.
    """
    with loading(warehouse, source.source) as connection:
        tables.prepare_source(connection, source)
        held = decisions.find_held(connection, batch_id)
        if held.source_table not in source.tables:
            raise EvergreenError(
                f"quarantine: batch {batch_id} is of table {held.source_table}, which sources/"
                f"{source.source}.yml does not have any more: discard it"
            )
        table = source.tables[held.source_table]
        if held.is_rejected and not held.waiting and not held.is_settled:
            raise EvergreenError(
                f"quarantine: batch {batch_id} holds no row to readmit ({held.message}): deliver it again, "
                "or discard it"
            )
        names = _names(connection, held)
        places = _places(connection, table, held, names)
        with connection.transaction():
            rows = decisions.take(connection, held, "readmitted", choice)
            unreadable = 0 if held.is_rejected else _leave_unreadable(connection, held)
            if unreadable and unreadable == rows:
                raise EvergreenError(
                    f"quarantine: the rows of batch {batch_id} cannot be taken apart: "
                    "deliver them corrected, or discard them"
                )
            number = _land(connection, table, held, names, places)
            ledger.mark_landed(connection, number, rows - unreadable)
            made = Decision("readmitted", rows - unreadable, rule=choice.rule, into=number)
            decisions.record(connection, held, made)
    return Readmitted(number, rows - unreadable, unreadable)


def _places(connection: Connection, table: Table, held: Held, names: list[str]) -> Landing:
    """Return where the fields of the rows go: one column in `landing` per name."""
    if held.is_rejected and (held.message or "").partition(":")[0] in headers.RULES:
        refusal = judge_header(table, names)
        if refusal:
            raise EvergreenError(
                f"quarantine: batch {held.batch_id} would be rejected again: "
                f"{refusal.rule}: {refusal.message}"
            )
        plan = plan_landing(table, names)
        make_room(connection, table, plan)
        return plan
    known = {column.name for column in table.columns} | set(tables.evolved_columns(connection, table))
    gone = [name for name in names if name not in known]
    if gone:
        raise EvergreenError(
            f"quarantine: batch {held.batch_id} has columns that sources/{table.source}.yml does not name "
            f"any more ({', '.join(gone)}): deliver it again, or discard it"
        )
    return Landing(names)


def _names(connection: Connection, held: Held) -> list[str]:
    """Return the names under which the rows have their fields, in order."""
    row = connection.execute(
        compose(
            """
            select array(select json_object_keys(row_text::json))
            from quarantine.{relation}
            where batch_id = %s and state = 'quarantined' and row_text is json object
            order by line_number
            limit 1
            """,
            relation=_relation(held),
        ),
        [held.batch_id],
    ).fetchone()
    return row[0] if row else []


def _leave_unreadable(connection: Connection, held: Held) -> int:
    """Let rows wait on that could not be taken apart; return how many."""
    return connection.execute(
        compose(
            """
            update quarantine.rows set state = 'quarantined', state_changed_at = null
            where {taken} and (row_text is json object) is not true
            """,
            taken=_taken(held),
        )
    ).rowcount


def _land(connection: Connection, table: Table, held: Held, names: list[str], places: Landing) -> int:
    """Land the rows that were taken, as a new batch; return its number."""
    number = ledger.open_readmission(connection, held.batch_id)
    connection.execute(
        compose(
            """
            insert into {landing} ({columns})
            select {fields}
            from (
                select
                    line_number,
                    case when (row_text is json object) is not true then row_text end as unreadable,
                    case when row_text is json object then row_text::json end as fields
                from quarantine.{relation}
                where {taken}
            ) as taken
            """,
            landing=relations_of(table).landing,
            columns=comma(
                [sql.Identifier(name) for name in (*places.columns, *tables.LANDING_OWN)],
            ),
            fields=comma(
                [
                    *(compose("fields ->> {name}", name=sql.Literal(name)) for name in names),
                    sql.Literal(number),
                    sql.SQL("line_number"),
                    sql.SQL("unreadable"),
                    compose("case when fields is null then {why} end", why=sql.Literal(UNREADABLE)),
                ]
            ),
            relation=_relation(held),
            taken=_taken(held),
        )
    )
    if places.forbidden:
        mark_forbidden(connection, table, number, places)
    announce(connection, table, number, places.drifts)
    connection.execute(
        compose(
            "update quarantine.{relation} set readmitted_in = {number} where {taken}",
            relation=_relation(held),
            number=sql.Literal(number),
            taken=_taken(held),
        )
    )
    return number


def _taken(held: Held) -> sql.Composable:
    """Return the condition on rows that left quarantine in this transaction and are in no batch yet."""
    return compose(
        "batch_id = {batch} and state = 'readmitted' and readmitted_in is null",
        batch=sql.Literal(held.batch_id),
    )


def _relation(held: Held) -> sql.Identifier:
    return sql.Identifier("batches" if held.is_rejected else "rows")

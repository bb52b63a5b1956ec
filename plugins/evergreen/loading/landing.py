"""Landing: everything a source has to offer that is not in the ledger yet becomes batches in `landing`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from evergreen import progress
from evergreen.loading import decisions, ledger, tables
from evergreen.loading.headers import (
    Landing,
    Refusal,
    announce,
    judge_header,
    make_room,
    mark_forbidden,
    plan_landing,
)
from evergreen.loading.locks import loading
from evergreen.loading.relations import comma, compose, relations_of
from evergreen.sources.definition import Source, Table
from evergreen.sources.discovery import discover
from evergreen.sources.reading import BrokenContent, Delivery, Stream, UnreadableDelivery
from evergreen.warehouse.connections import Connection, Warehouse

FIRST_RECORD = 2
"""Line number of the first record: a header, written or not, is the first."""

_REFUSALS = (BrokenContent, psycopg.DataError, psycopg.errors.ProgramLimitExceeded)
"""What COPY, or who feeds it, raises where the content is at fault and the tolerant way helps."""


class Landed:
    """What a landing did: batches and rows by outcome, of all tables of the source."""

    def __init__(self) -> None:
        self.batches = 0
        self.rows = 0
        self.rejected_batches = 0
        self.rejected_rows = 0
        self.lost_batches = 0

    def summary(self) -> dict[str, int]:
        """Return the figures under their names."""
        return dict(vars(self))


def land(warehouse: Warehouse, source: Source, location: str | None = None) -> Landed:
    """Land every delivery of `source` at `location` that is not in the ledger, each in its own transaction.

    A batch that cannot be taken apart at all, or whose columns the schema policy refuses, goes to
    `quarantine.batches` with the reason in the ledger; the others are not held up by it.

    Raises:
        EvergreenError: the source cannot be reached, or its tables cannot be prepared.
    """
    done = Landed()
    with loading(warehouse, source.source) as connection:
        tables.prepare_source(connection, source)
        # what is lost with the last moments before a crash is lost with the unlogged rows, and landed again
        connection.execute("set synchronous_commit = off")
        done.lost_batches = find_lost(connection, source)
        known, marks = ledger.seen(connection, source.source), ledger.cursors(connection, source.source)
        deliveries = list(discover(source, location, known, marks))
        if deliveries:
            with _step(source, deliveries) as step:
                for delivery in deliveries:
                    _land_one(connection, source.tables[delivery.table], delivery, step, done)
                    step.advance(0 if step.unit == "bytes" else 1)
                step.outcome = f"{done.batches} batches" + (
                    f", {done.rejected_batches} rejected" if done.rejected_batches else ""
                )
    return done


def find_lost(connection: Connection, source: Source) -> int:
    """Close the pending batches whose landed rows a crash took away; return how many there were."""
    found = 0
    for table in source.tables.values():
        batches = ledger.pending(connection, source.source, table.name)
        if not batches:
            continue
        query = compose(
            "select _batch_id, count(*) from {landing} group by _batch_id",
            landing=relations_of(table).landing,
        )
        there = dict(connection.execute(query).fetchall())
        lost = [batch for batch in batches if there.get(batch.batch_id, 0) != batch.received_rows]
        if lost:
            with connection.transaction():
                close_lost(connection, table, lost)
            found += len(lost)
    return found


def close_lost(connection: Connection, table: Table, lost: list[ledger.Batch]) -> None:
    """Close batches as lost: what is left of them in `landing` goes, the next landing brings them again.

    What a readmission brought is in quarantine again.
    """
    numbers = [batch.batch_id for batch in lost]
    ledger.mark_lost(connection, numbers)
    decisions.take_back(connection, numbers)
    connection.execute(
        compose("delete from {landing} where _batch_id = any(%s)", landing=relations_of(table).landing),
        [numbers],
    )
    progress.note(f"{table.source}.{table.name}: {len(lost)} landed batches are gone after a crash")


@contextmanager
def _step(source: Source, deliveries: list[Delivery]) -> Iterator[progress.Step]:
    """Count bytes where there is one delivery whose size is known, deliveries otherwise."""
    total = deliveries[0].bytes_total if len(deliveries) == 1 else None
    unit = "bytes" if total else "files" if source.reader == "files" else "deliveries"
    with progress.step(f"Landing {source.source}", total=total or len(deliveries), unit=unit) as step:
        yield step


def _land_one(
    connection: Connection, table: Table, delivery: Delivery, step: progress.Step, done: Landed
) -> None:
    try:
        with delivery.open() as stream:
            refusal = judge_header(table, stream.columns, omits_nulls=stream.omits_nulls)
            if refusal:
                rows = _reject(connection, table, delivery, refusal, stream)
            else:
                rows = _copy_batch(connection, table, delivery, stream, step)
    except UnreadableDelivery as problem:
        refusal = Refusal("unreadable_delivery", str(problem))
        rows = _reject(connection, table, delivery, refusal, None)
    if refusal:
        progress.note(
            f"{table.source}.{table.name}: {delivery.file_or_cursor} is rejected: "
            f"{refusal.rule}: {refusal.message}"
        )
        done.rejected_batches += 1
        done.rejected_rows += rows
    else:
        done.batches += 1
        done.rows += rows


def _copy_batch(
    connection: Connection, table: Table, delivery: Delivery, stream: Stream, step: progress.Step
) -> int:
    plan = plan_landing(table, stream.columns, omits_nulls=stream.omits_nulls)
    make_room(connection, table, plan)
    with connection.transaction():
        batch_id = ledger.open_batch(connection, delivery)
        _number_rows(connection, table, batch_id)
        try:
            with connection.transaction():
                rows = _copy(connection, table, stream, plan, step)
        except _REFUSALS as reason:
            progress.note(
                f"{delivery.file_or_cursor}: {_said(reason, table)}: taking it apart record by record"
            )
            rows = _copy_tolerantly(connection, table, stream, plan, step)
        if plan.forbidden:
            mark_forbidden(connection, table, batch_id, plan)
        news = announce(connection, table, batch_id, plan.drifts)
        ledger.mark_landed(connection, batch_id, rows)
    for drift in news:
        progress.note(f"{table.source}.{table.name}: {delivery.file_or_cursor}: {drift.message}")
    return rows


def _number_rows(connection: Connection, table: Table, batch_id: int) -> None:
    """Let the rows that are copied from now on be those of a batch, in the order of their lines.

    By a default that is a constant: asked for row by row, the number took a quarter of the time of a COPY.
    """
    connection.execute(
        compose(
            "alter table {landing} alter column _batch_id set default {batch_id}",
            landing=relations_of(table).landing,
            batch_id=sql.Literal(batch_id),
        )
    )
    connection.execute(
        "select setval(pg_get_serial_sequence(%s, '_line_number'), %s, false)",
        [f"landing.{table.qualified_name}", FIRST_RECORD],
    )


def _copy(connection: Connection, table: Table, stream: Stream, plan: Landing, step: progress.Step) -> int:
    """Send the blocks as they are; return the number of rows."""
    statement = compose(
        "copy {landing} ({columns}) from stdin ({options})",
        landing=relations_of(table).landing,
        columns=comma([sql.Identifier(name) for name in plan.columns]),
        options=sql.SQL(stream.copy_options),  # made by the reader
    )
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block in stream.blocks:
                copy.write(block)
                if step.unit == "bytes":
                    step.advance(len(block))
        rows = cursor.rowcount
    step.advance(0, rows=rows)
    return rows


def _copy_tolerantly(
    connection: Connection, table: Table, stream: Stream, plan: Landing, step: progress.Step
) -> int:
    """Send record by record: the sound ones in their columns, the others as raw text with their problem.

    All land, so that the gate judges them and one promotion accounts for them.
    """
    own = ["_line_number", "_raw_text", "_problem"]
    statement = compose(
        "copy {landing} ({columns}) from stdin",
        landing=relations_of(table).landing,
        columns=comma([sql.Identifier(name) for name in [*plan.columns, *own]]),
    )
    nothing: list[str | None] = [None] * len(plan.columns)
    rows = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for record in stream.reopen_tolerant():
            if record.fields is None:
                copy.write_row([*nothing, record.line_number, record.raw_text, record.problem])
            else:
                copy.write_row([*record.fields, record.line_number, None, None])
            rows += 1
    step.advance(0, rows=rows)
    return rows


def _reject(
    connection: Connection, table: Table, delivery: Delivery, refusal: Refusal, stream: Stream | None
) -> int:
    """Put a delivery that cannot be landed into quarantine, record by record; return their number."""
    with connection.transaction():
        batch_id = ledger.open_batch(connection, delivery)
        rows = _quarantine(connection, table, batch_id, refusal, stream) if stream else 0
        ledger.mark_rejected(connection, batch_id, rows, refusal.rule, refusal.message)
    return rows


def _quarantine(connection: Connection, table: Table, batch_id: int, refusal: Refusal, stream: Stream) -> int:
    rows = 0
    # a header that says a name twice cannot become the keys of an object
    named = len(set(stream.columns)) == len(stream.columns)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "copy quarantine.batches (batch_id, line_number, source, source_table, rule, row_text) from stdin"
        ) as copy,
    ):
        for record in stream.reopen_tolerant():
            text = record.raw_text
            if named and record.fields is not None:
                text = json.dumps(dict(zip(stream.columns, record.fields, strict=True)), ensure_ascii=False)
            copy.write_row([batch_id, record.line_number, table.source, table.name, refusal.rule, text])
            rows += 1
    return rows


def _said(reason: Exception, table: Table) -> str:
    """Return the reason without what it quotes of the content: notes go to logs."""
    if isinstance(reason, psycopg.Error):
        return f"COPY refuses it ({type(reason).__name__}{_about_encoding(reason, table)})"
    return str(reason)


def _about_encoding(reason: psycopg.Error, table: Table) -> str:
    """Say what to do where bytes are no text in the declared encoding; a NUL byte is none in any."""
    advice = f"say `encoding` in sources/{table.source}.yml"
    if isinstance(reason, psycopg.errors.UntranslatableCharacter):
        return f", not as declared: is it utf-8? {advice}"
    is_nul = (reason.diag.message_primary or "").endswith(" 0x00")
    if isinstance(reason, psycopg.errors.CharacterNotInRepertoire) and not is_nul:
        return f", not utf-8: is it cp1252? {advice}"
    return ""

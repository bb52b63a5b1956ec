"""What was decided about rows in quarantine; `audit.quarantine_decisions` remembers it, without their values.

A row that was held back is readmitted or discarded at most once. It counts as discarded, too, when its source
delivers again what it came with: the later delivery stands in its place, and was judged itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from psycopg import sql

from evergreen.errors import EvergreenError
from evergreen.loading.locks import loading
from evergreen.loading.relations import compose
from evergreen.sources.definition import Table
from evergreen.warehouse.connections import Connection, Warehouse


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of a batch's waiting rows: those that broke `rule`, the one of `line`; all of them by default."""

    rule: str | None = None
    line: int | None = None


EVERYTHING = Choice()


@dataclass(frozen=True, slots=True)
class Decision:
    """What is remembered: what was decided, about how many rows, and why or by which batch."""

    decision: Literal["readmitted", "discarded", "delivered again"]
    rows: int
    rule: str | None = None
    reason: str | None = None
    into: int | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A batch of which rows were held back.

    source, source_table: of the delivery that brought the rows first.
    waiting: rows nobody has decided about yet.
    is_rejected: the batch was rejected as a whole, and `message` says why.
    is_settled: nothing of it waits for a decision.
    """

    batch_id: int
    source: str
    source_table: str
    waiting: int
    is_rejected: bool
    is_settled: bool
    message: str | None


def find_held(connection: Connection, batch_id: int) -> Held:
    """Return what is known of the batch.

    Raises:
        EvergreenError: there is no such batch, or nothing of it was held back.
    """
    row = connection.execute(
        """
        select
            batch.batch_id,
            coalesce(batch.origin_source, batch.source),
            batch.source_table,
            coalesce(held.waiting, 0),
            batch.status = 'rejected',
            coalesce(held.waiting, 0) = 0
            and not exists (select from audit.open_rejections as open where open.batch_id = batch.batch_id),
            batch.message,
            held.batch_id is null and batch.status <> 'rejected'
        from audit.load_batches as batch
        left join audit.held_back as held using (batch_id)
        where batch.batch_id = %s
        """,
        [batch_id],
    ).fetchone()
    if row is None or row[-1]:
        raise nothing_of(batch_id)
    return Held(*row[:-1])


def nothing_of(batch_id: int) -> EvergreenError:
    """Return the error that a batch is unknown, or that nothing of it was held back."""
    return EvergreenError(
        f"quarantine: nothing of batch {batch_id} is there: `evergreen quarantine list` shows what is"
    )


def discard(warehouse: Warehouse, batch_id: int, reason: str, choice: Choice = EVERYTHING) -> int:
    """Discard rows of a batch that wait in quarantine, or settle a batch that was rejected as a whole.

    They stay there, as discarded, until their retention ends.

    Args:
        warehouse: where.
        batch_id: the batch.
        reason: why, for whoever asks later; without values of rows.
        choice: which rows.

    Returns:
        How many rows.

    Raises:
        EvergreenError: nothing of the batch waits, or nothing that was chosen, or there is no reason.
    """
    if not reason.strip():
        raise EvergreenError("quarantine discard: say why with --reason: it is remembered with the batch")
    with warehouse.connect("loader") as connection:
        held = find_held(connection, batch_id)
    with loading(warehouse, held.source) as connection, connection.transaction():
        held = find_held(connection, batch_id)
        rows = take(connection, held, "discarded", choice)
        record(connection, held, Decision("discarded", rows, rule=choice.rule, reason=reason.strip()))
    return rows


def take(connection: Connection, held: Held, state: str, choice: Choice) -> int:
    """Let waiting rows pass into another state; return how many there were.

    Raises:
        EvergreenError: nothing waits, or nothing that was chosen.
    """
    if held.is_settled:
        raise EvergreenError(f"quarantine: nothing of batch {held.batch_id} waits any more")
    if held.is_rejected and choice != EVERYTHING:
        raise EvergreenError(
            f"quarantine: batch {held.batch_id} was rejected as a whole, and is decided about as a whole"
        )
    rows = connection.execute(
        compose(
            """
            update quarantine.{relation} set state = %(state)s, state_changed_at = clock_timestamp()
            where batch_id = %(batch_id)s and state = 'quarantined'
                and (%(rule)s::text is null or rule = %(rule)s)
                and (%(line)s::bigint is null or line_number = %(line)s)
            """,
            relation=sql.Identifier("batches" if held.is_rejected else "rows"),
        ),
        {"state": state, "batch_id": held.batch_id, "rule": choice.rule, "line": choice.line},
    ).rowcount
    if not rows and not held.is_rejected:
        raise EvergreenError(
            f"quarantine: no row of batch {held.batch_id} waits there"
            + (f" for rule {choice.rule}" if choice.rule else "")
            + (f" at line {choice.line}" if choice.line else "")
            + f": `evergreen quarantine show {held.batch_id}` shows what does"
        )
    return rows


def record(connection: Connection, held: Held, made: Decision) -> None:
    """Remember a decision."""
    connection.execute(
        """
        insert into audit.quarantine_decisions
            (batch_id, decision, rule, row_count, is_whole_batch, reason, into_batch_id)
        values (%s, %s, %s, %s, %s, %s, %s)
        """,
        [
            held.batch_id,
            made.decision,
            made.rule,
            made.rows,
            held.is_rejected,
            made.reason,
            made.into,
        ],
    )


def take_back(connection: Connection, batch_ids: Sequence[int]) -> None:
    """Let the rows of readmissions that a crash took away wait in quarantine again."""
    for relation in ("rows", "batches"):
        connection.execute(
            compose(
                """
                update quarantine.{relation}
                set state = 'quarantined', state_changed_at = clock_timestamp(), readmitted_in = null
                where readmitted_in = any(%s)
                """,
                relation=sql.Identifier(relation),
            ),
            [list(batch_ids)],
        )


def settle_delivered_again(connection: Connection, table: Table) -> None:
    """Settle what was held back of deliveries that came again with the batches of this promotion.

    A file is there again as a whole, and so is a table that is read as a whole. A rejected reading moved no
    mark: one that began afterwards brings the same rows again. Rows that an incremental reading brought, and
    that a person has not decided about, wait on: the source need not bring them again.
    """
    connection.execute(
        """
        create temporary table again on commit drop as
        with waiting as materialized (
            select distinct batch_id from quarantine.rows
            where source = %(source)s and source_table = %(table)s and state = 'quarantined'
            union
            select batch_id from audit.open_rejections
        )

        select earlier.batch_id, earlier.status = 'rejected' as is_rejected, max(gated.batch_id) as later_id
        from waiting
        inner join audit.load_batches as earlier
            on earlier.batch_id = waiting.batch_id
            and coalesce(earlier.origin_source, earlier.source) = %(source)s
            and earlier.source_table = %(table)s
        inner join gated
            on gated.rejected_for is null and not gated.is_readmission
            and coalesce(earlier.origin_batch_id, earlier.batch_id) < gated.batch_id
            and earlier.batch_id <> gated.batch_id
        inner join audit.load_batches as later
            on gated.batch_id = later.batch_id
            and (
                (gated.is_file and gated.delivery = earlier.file_or_cursor)
                or (not gated.is_file and gated.is_complete)
                or (
                    not gated.is_file and earlier.status = 'rejected'
                    and earlier.finished_at < later.started_at
                )
            )
        group by earlier.batch_id, earlier.status
        """,
        {"source": table.source, "table": table.name},
    )
    for relation in ("rows", "batches"):
        connection.execute(
            compose(
                """
                with settled as (
                    update quarantine.{relation} as kept
                    set state = 'discarded', state_changed_at = clock_timestamp()
                    from again
                    where kept.batch_id = again.batch_id and kept.state = 'quarantined'
                        and again.is_rejected = {is_rejected}
                    returning kept.batch_id
                )

                insert into audit.quarantine_decisions (
                    batch_id, decision, row_count, is_whole_batch, into_batch_id
                )
                select
                    again.batch_id, 'delivered again', count(settled.batch_id), again.is_rejected,
                    again.later_id
                from again
                left join settled using (batch_id)
                where again.is_rejected = {is_rejected}
                group by again.batch_id, again.is_rejected, again.later_id
                """,
                relation=sql.Identifier(relation),
                is_rejected=sql.Literal(relation == "batches"),
            )
        )

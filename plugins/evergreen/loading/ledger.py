"""The ledger of load batches, `audit.load_batches`: what came, how far it is, what became of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from psycopg.rows import class_row, dict_row

from evergreen.sources.reading import Delivery
from evergreen.warehouse.connections import Connection, Warehouse

READMISSION = "readmission"
"""What the ledger shows as the source of rows that were let in again from quarantine."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that is not finished."""

    batch_id: int
    file_or_cursor: str
    delivered_on: date | None
    received_rows: int
    status: str


def open_batch(connection: Connection, delivery: Delivery) -> int:
    """Enter a new batch with status `landing` and return its number."""
    row = connection.execute(
        """
        insert into audit.load_batches (
            source, source_table, file_or_cursor, fingerprint, delivered_on, high_water_mark, is_complete
        )
        values (%s, %s, %s, %s, %s, %s, %s)
        returning batch_id
        """,
        [
            delivery.source,
            delivery.table,
            delivery.file_or_cursor,
            delivery.fingerprint,
            delivery.delivered_on,
            delivery.cursor,
            delivery.is_complete,
        ],
    ).fetchone()
    assert row
    return int(row[0])


def open_readmission(connection: Connection, batch_id: int) -> int:
    """Enter a batch for rows that were held back with `batch_id`, and return its number.

    It goes under that batch's file or cursor and day, and stands where the first delivery of its rows stood.
    """
    row = connection.execute(
        """
        insert into audit.load_batches (
            source, source_table, file_or_cursor, delivered_on, origin_batch_id, origin_source
        )
        select
            %s, source_table, file_or_cursor, delivered_on,
            coalesce(origin_batch_id, batch_id), coalesce(origin_source, source)
        from audit.load_batches
        where batch_id = %s
        returning batch_id
        """,
        [READMISSION, batch_id],
    ).fetchone()
    assert row
    return int(row[0])


def mark_landed(connection: Connection, batch_id: int, rows: int) -> None:
    """Say that a batch lies in `landing` with this many rows."""
    connection.execute(
        "update audit.load_batches set status = 'landed', received_rows = %s where batch_id = %s",
        [rows, batch_id],
    )


def mark_rejected(connection: Connection, batch_id: int, rows: int, rule: str, message: str) -> None:
    """Finish a batch that cannot be landed at all, with the rule for which it was rejected."""
    connection.execute(
        """
        update audit.load_batches
        set status = 'rejected', received_rows = %s, rejected_rows = %s, message = %s
        where batch_id = %s
        """,
        [rows, rows, f"{rule}: {message}", batch_id],
    )
    connection.execute(
        """
        insert into audit.gate_results (batch_id, rule, severity, passed, failing_rows, message)
        values (%s, %s, 'critical', false, %s, %s)
        """,
        [batch_id, rule, rows, message],
    )


def mark_lost(connection: Connection, batch_ids: Sequence[int]) -> None:
    """Finish batches whose landed rows are gone; what they brought counts as not loaded."""
    connection.execute(
        """
        update audit.load_batches
        set
            status = 'lost',
            message = 'landed rows were gone after a crash of the server: '
            || case when origin_source is null then 'landed again' else 'in quarantine again' end
        where batch_id = any(%s)
        """,
        [list(batch_ids)],
    )


def pending(connection: Connection, source: str, table: str) -> list[Batch]:
    """Return the batches of a table that are landed or gated, oldest first."""
    with connection.cursor(row_factory=class_row(Batch)) as cursor:
        return cursor.execute(
            """
            select batch_id, file_or_cursor, delivered_on, received_rows, status
            from audit.load_batches
            where coalesce(origin_source, source) = %s and source_table = %s
                and status in ('landed', 'gated')
            order by batch_id
            """,
            [source, table],
        ).fetchall()


def mark_gated(connection: Connection, batch_ids: Sequence[int], *, gated: bool) -> None:
    """Say that batches have been judged, or that they wait for it again."""
    connection.execute(
        "update audit.load_batches set status = %s where batch_id = any(%s)",
        ["gated" if gated else "landed", list(batch_ids)],
    )


def seen(connection: Connection, source: str) -> Callable[[str, str, str], bool]:
    """Return what tells readers which deliveries to skip.

    A delivery has been seen if the last batch of that table and file has its fingerprint: a file that went
    back to an earlier state is new again. Rejected batches count (the same file would be rejected again),
    lost ones and those that were forgotten do not.
    """
    rows = connection.execute(
        """
        select distinct on (source_table, file_or_cursor) source_table, file_or_cursor, fingerprint
        from audit.load_batches
        where source = %s and status <> 'lost' and forgotten_in is null
        order by source_table, file_or_cursor, batch_id desc
        """,
        [source],
    ).fetchall()
    known = {(table, file): fingerprint for table, file, fingerprint in rows}
    return lambda table, file, fingerprint: known.get((table, file)) == fingerprint


def cursors(connection: Connection, source: str) -> dict[str, str | None]:
    """Return per table the high-water mark from which reading goes on.

    It is the last batch's that was promoted or is on its way. A rejected batch moves no mark, and while
    nobody has decided about it, neither do those that were read after it: what it brought is read again
    together with what changes next.
    """
    rows = connection.execute(
        """
        select distinct on (source_table) source_table, high_water_mark
        from audit.load_batches
        where
            source = %s and high_water_mark is not null and status not in ('rejected', 'lost')
            and forgotten_in is null
            and not exists (
                select from audit.open_rejections as waiting
                inner join audit.load_batches as rejected using (batch_id)
                where
                    rejected.source = load_batches.source
                    and rejected.source_table = load_batches.source_table
                    and rejected.high_water_mark is not null and rejected.batch_id < load_batches.batch_id
            )
        order by source_table, batch_id desc
        """,
        [source],
    ).fetchall()
    return dict(rows)


def outcome(warehouse: Warehouse, batch_id: int) -> dict[str, int]:
    """Return what became of the rows of a batch: promoted, unchanged, quarantined and rejected ones."""
    with warehouse.connect("reader") as connection, connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            """
            select promoted_rows, unchanged_rows, quarantined_rows, rejected_rows
            from audit.load_batches
            where batch_id = %s
            """,
            [batch_id],
        ).fetchone()
    assert row
    return row

"""Commands about what the gates held back."""

from __future__ import annotations

import json
from collections.abc import Sequence

from evergreen.cli.access import existing_warehouse
from evergreen.cli.tables import aligned
from evergreen.cli.terminal import amount, program
from evergreen.errors import EvergreenError
from evergreen.warehouse.connections import Warehouse

# A cell of a million characters helps nobody at a terminal.
_LONGEST = 400


def list_quarantine() -> None:
    """Print how much is in quarantine, by batch and rule; no values of rows."""
    from evergreen.loading.quarantine import groups

    with existing_warehouse() as warehouse:
        found = groups(warehouse)
    if not found:
        print("Quarantine is empty.")
        return
    rows = [
        (
            str(group.batch_id),
            f"{group.source}.{group.source_table}",
            group.file_or_cursor,
            f"{group.rule} (whole batch)" if group.is_batch else group.rule,
            group.column_name,
            group.rows,
            f"{group.since:%Y-%m-%d}",
        )
        for group in found
    ]
    print("\n".join(aligned(["batch", "table", "file or cursor", "rule", "column", "rows", "since"], rows)))
    print(f"{program()} quarantine show {found[0].batch_id} shows the rows of a batch")
    print(f"{program()} quarantine readmit or discard decides what becomes of them")


def show_quarantine(batch_id: int, limit: int) -> None:
    """Print rows of a batch with line number and rule.

    Raises:
        EvergreenError: nothing of this batch is in quarantine.
    """
    from evergreen.loading.quarantine import rows

    with existing_warehouse() as warehouse:
        found = rows(warehouse, batch_id, limit=limit + 1)
        if not found:
            raise _why_nothing(warehouse, batch_id)
    first = found[0]
    print(f"Batch {batch_id}: {first.source}.{first.source_table}, {first.file_or_cursor}")
    for row in found[:limit]:
        column = f" ({row.column_name})" if row.column_name else ""
        print(f"line {row.line_number}: {row.rule}{column}, {row.state}")
        print(f"    {_shown(row.fields, row.row_text)}")
    if len(found) > limit:
        print(f"… and more: --limit {limit * 10}")


def _why_nothing(warehouse: Warehouse, batch_id: int) -> EvergreenError:
    """Return why a batch has no rows to show: it was rejected unread, or none of it was held back."""
    from evergreen.loading.decisions import nothing_of

    with warehouse.connect("reader") as connection:
        row = connection.execute(
            """
            select source || '.' || source_table || ', ' || file_or_cursor, message
            from audit.open_rejections
            where batch_id = %s
            """,
            [batch_id],
        ).fetchone()
    if row is None:
        return nothing_of(batch_id)
    return EvergreenError(
        f"quarantine: batch {batch_id} ({row[0]}) was rejected as a whole, and no row of it is kept: "
        f"{row[1]}: deliver it again, or settle it by `evergreen quarantine discard {batch_id} --reason …`"
    )


def readmit(batches: Sequence[int], rule: str | None, line: int | None) -> None:
    """Let rows in again, and print what became of them.

    Raises:
        EvergreenError: nothing that was named waits in quarantine, or the definition does not take it.
    """
    from evergreen.loading import load

    with existing_warehouse():
        for done in load.readmit(batches, rule, line):
            outcome = ", ".join(
                f"{done[f'{what}_rows']:,} {what}{' again' if what in ('quarantined', 'rejected') else ''}"
                for what in ("promoted", "unchanged", "quarantined", "rejected")
            )
            print(
                f"Batch {done['batch_id']} readmits {amount(done['rows'], 'rows')} of batch "
                f"{done['readmitted_batch']}: {outcome}"
            )
            if done["unreadable_rows"]:
                print(f"{done['unreadable_rows']:,} rows cannot be taken apart and stay in quarantine")
    print("`evergreen run` takes them into the marts")


def discard(batches: Sequence[int], reason: str, rule: str | None, line: int | None) -> None:
    """Discard rows, and print how many.

    Raises:
        EvergreenError: nothing that was named waits in quarantine.
    """
    from evergreen.loading.decisions import Choice
    from evergreen.loading.decisions import discard as discard_rows

    with existing_warehouse() as warehouse:
        for number in batches:
            rows = discard_rows(warehouse, number, reason, Choice(rule, line))
            outcome = f": {amount(rows, 'rows')} discarded" if rows else " is settled"
            print(f"Batch {number}{outcome}")


def _shown(fields: dict[str, object] | None, text: str | None) -> str:
    if text is None:
        return "(erased)"
    line = json.dumps(fields, ensure_ascii=False) if fields is not None else " ".join(text.split())
    return line if len(line) <= _LONGEST else line[:_LONGEST] + " …"

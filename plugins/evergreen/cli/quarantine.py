"""Commands about what the gates held back."""

from __future__ import annotations

import json

from evergreen.cli.access import existing_warehouse
from evergreen.cli.tables import aligned
from evergreen.errors import EvergreenError

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
    print(f"evergreen quarantine show {found[0].batch_id} shows the rows of a batch")


def show_quarantine(batch_id: int, limit: int) -> None:
    """Print rows of a batch with line number and rule.

    Raises:
        EvergreenError: nothing of this batch is in quarantine.
    """
    from evergreen.loading.quarantine import rows

    with existing_warehouse() as warehouse:
        found = rows(warehouse, batch_id, limit=limit + 1)
    if not found:
        raise EvergreenError(
            f"quarantine: nothing of batch {batch_id} is there: `evergreen quarantine list` shows what is"
        )
    first = found[0]
    print(f"Batch {batch_id}: {first.source}.{first.source_table}, {first.file_or_cursor}")
    for row in found[:limit]:
        column = f" ({row.column_name})" if row.column_name else ""
        print(f"line {row.line_number}: {row.rule}{column}, {row.state}")
        print(f"    {_shown(row.fields, row.row_text)}")
    if len(found) > limit:
        print(f"… and more: --limit {limit * 10}")


def _shown(fields: dict[str, object] | None, text: str | None) -> str:
    if text is None:
        return "(erased)"
    line = json.dumps(fields, ensure_ascii=False) if fields is not None else " ".join(text.split())
    return line if len(line) <= _LONGEST else line[:_LONGEST] + " …"

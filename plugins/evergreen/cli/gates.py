"""`evergreen gates`: what the gates found, in the terminal and as a page."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from evergreen import progress
from evergreen.cli.access import existing_warehouse
from evergreen.cli.tables import aligned
from evergreen.cli.terminal import sink_for
from evergreen.loading.findings import Findings, find
from evergreen.report.gates import write_gate_page
from evergreen.settings import settings
from evergreen.sources import registry
from evergreen.warehouse.connections import Warehouse

SHOWN = 20


def write_page(warehouse: Warehouse, out: Path | None = None) -> tuple[Findings, Path]:
    """Write the page; return what it shows, and where it is: by default `reports/gates.html` of the home."""
    found = find(warehouse, registry.load_sound().values())
    path = out or settings().home / "reports" / "gates.html"
    return found, write_gate_page(found, datetime.now(UTC), path)


def show_gates(out: Path | None) -> None:
    """Print what did not hold and what waits, and write the page."""
    progress.use(sink_for(sys.stdout))
    with existing_warehouse() as warehouse:
        found, path = write_page(warehouse, out.expanduser().absolute() if out else None)
    if found.findings:
        headers = ["severity", "subject", "rule", "column", "rows", "batches", "since", "last"]
        rows = [
            (
                f.severity, f.subject, f.rule, f.column_name, f.rows, f.batches,
                f"{f.since:%Y-%m-%d}", f"{f.last_at:%Y-%m-%d}",
            )
            for f in found.findings[:SHOWN]
        ]  # fmt: skip
        print("\n".join(aligned(headers, rows)))
    else:
        print("Every rule held.")
    for w in found.waiting:
        table = f"{w.source}.{w.source_table}"
        print(f"{w.rows:,} rows of {table} wait for {w.parent} since {w.since:%Y-%m-%d}")
    print(f"\n{path}")

"""`evergreen report`: the first look at the live release."""

from __future__ import annotations

from pathlib import Path

from evergreen.cli.access import existing_warehouse
from evergreen.report.write import write_report


def write(out: Path | None) -> None:
    """Write the report and print where it is."""
    with existing_warehouse() as warehouse:
        print(write_report(warehouse, out.expanduser().absolute() if out else None))

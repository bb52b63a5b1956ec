"""`evergreen export`: marts and audiences as files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from evergreen import progress
from evergreen.cli.access import existing_warehouse
from evergreen.cli.terminal import sink_for
from evergreen.errors import EvergreenError
from evergreen.exporting.audience import FIELDS, export_audience
from evergreen.exporting.marts import export_marts

if TYPE_CHECKING:
    from evergreen.exporting.files import Format


def marts(folder: Path, form: Format, names: list[str]) -> None:
    """Write marts to `folder`, and say how many."""
    progress.use(sink_for(sys.stdout))
    with existing_warehouse() as warehouse:
        written = export_marts(warehouse, folder.expanduser(), form, names)
    print(f"{len(written)} files in {folder}, and release.json")


def audience(path: Path, conditions: list[str], *, identified: bool) -> None:
    """Write an audience to `path`, and say how many customers it has.

    Raises:
        EvergreenError: a condition is no condition, or what `export_audience` raises.
    """
    choice: dict[str, list[str]] = {}
    for condition in conditions:
        field, separator, value = condition.partition("=")
        if not separator or not value or field not in FIELDS:
            raise EvergreenError(
                f"--where {condition}: write FIELD=VALUE, such as stage=danger; "
                f"fields are {', '.join(FIELDS)}"
            )
        choice.setdefault(field, []).append(value)
    with existing_warehouse() as warehouse:
        count = export_audience(warehouse, path.expanduser(), choice, identified=identified)
    print(f"{count:,} customers in {path}")
    if identified:
        print("It holds personal data: delete it when it has been used.")

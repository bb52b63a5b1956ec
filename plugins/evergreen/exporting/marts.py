"""Exporting whole marts, all of one release."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from evergreen import progress
from evergreen.appearing import appearing
from evergreen.errors import EvergreenError, instead_of
from evergreen.exporting.files import Format, write_mart
from evergreen.exporting.relations import live_release, marts
from evergreen.warehouse.connections import Warehouse


def export_marts(warehouse: Warehouse, folder: Path, form: Format, names: Sequence[str] = ()) -> list[Path]:
    """Write marts to files, and beside them `release.json` with what they are of.

    Args:
        warehouse: read as the reader, in one transaction, so that all files are of one release.
        folder: where to; files of the same names are replaced.
        form: of the files.
        names: which marts; none = all.

    Raises:
        EvergreenError: there is no such mart, nothing is published, or a file cannot be written.
    """
    written: list[Path] = []
    with warehouse.connect("reader") as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        release = live_release(connection)
        known = marts(connection)
        for name in names:
            if name not in known:
                raise EvergreenError(f"{name}: no such mart: {instead_of(name, known)}")
        chosen = [known[name] for name in (names or sorted(known))]
        with progress.step(f"Exporting to {folder}", total=len(chosen), unit="marts") as step:
            for mart in chosen:
                written.append(write_mart(connection, mart, folder, form))
                step.advance()
    content = {
        "release_id": release.release_id,
        "as_of_date": release.as_of_date,
        "marts": {path.stem: path.name for path in written},
    }
    with appearing(folder / "release.json") as beside:
        beside.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return written

"""Small definitions, files and what comes out of them, for the readers' tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evergreen.sources.definition import Source, Table
from evergreen.sources.files import FileDelivery, discover

Seen = tuple[int, list[str | None] | None, str | None]


def define(*columns: str, **attributes: Any) -> Source:
    """A source `src` with one table `t` of text columns; `attributes` are the table's."""
    given = {"files": ["*.csv"], "key": "all", "columns": dict.fromkeys(columns)} | attributes
    return Source.model_validate({"source": "src", "tables": {"t": given}})


def table(*columns: str, **attributes: Any) -> Table:
    """The table of `define`."""
    return define(*columns, **attributes).tables["t"]


def never(*_: str) -> bool:
    """Nothing has been seen."""
    return False


def delivery(path: Path, *columns: str, **attributes: Any) -> FileDelivery:
    """The delivery that a file is."""
    [found] = discover(define(*columns, **attributes), str(path), never)
    return found


def body(found: FileDelivery) -> bytes:
    """All bytes that would go to COPY."""
    with found.open() as stream:
        return b"".join(stream.blocks)


def columns(found: FileDelivery) -> list[str]:
    """The header as found."""
    with found.open() as stream:
        return stream.columns


def records(found: FileDelivery) -> list[Seen]:
    """What the tolerant way sees: line number, fields, problem."""
    with found.open() as stream:
        return [(r.line_number, r.fields, r.problem) for r in stream.reopen_tolerant()]

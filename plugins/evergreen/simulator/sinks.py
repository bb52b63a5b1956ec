"""Where simulated tables go: a folder of CSV files, or a shop's database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import psycopg

from evergreen.simulator import columns
from evergreen.simulator.columns import Columns
from evergreen.simulator.database import FUTURE
from evergreen.simulator.tables import SHOP, TRUTH
from evergreen.simulator.timeline import Timeline

_BLOCK_ROWS = 65_536
_TRUTH = "truth_"
_COLUMNS = {table.name: list(table.columns) for table in (*SHOP, *TRUTH)}


class Sink(Protocol):
    """Takes rows of tables; may be given the same table many times."""

    rows: int

    def take(self, table: str, timeline: Timeline) -> None:
        """Take a table of the shop: what is known today, and what will become known."""

    def take_coming(self, table: str, timeline: Timeline) -> None:
        """Take only what will become known; the rest is delivered in another way."""

    def take_truth(self, table: str, rows: Columns) -> None:
        """Take a table of the truth."""


def csv_blocks(rows: Columns, *, header: bool = False) -> Iterator[bytes | memoryview]:
    """Yield rows as CSV in blocks; null is nothing, an empty text is two quotes."""
    import pyarrow as pa
    import pyarrow.csv as pc

    if header:
        yield ",".join(rows).encode() + b"\n"
    table = columns.table(rows)
    for start in range(0, len(table), _BLOCK_ROWS):
        block = pa.BufferOutputStream()
        pc.write_csv(table.slice(start, _BLOCK_ROWS), block, pc.WriteOptions(include_header=False))
        yield memoryview(block.getvalue())


@dataclass
class FolderSink:
    """Writes `shop/<table>.csv` as of today and `truth/<table>.csv`; what is to come is left out."""

    folder: Path
    until: np.datetime64
    rows: int = 0

    def begin(self) -> None:
        """Write the headers: a table without rows is a file, too."""
        for table in (*SHOP, *TRUTH):
            path = self._file(table.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(",".join(table.columns) + "\n", encoding="utf-8")

    def take(self, table: str, timeline: Timeline) -> None:
        """Append what is known today."""
        if (rows := timeline.known_at(self.until)) is not None:
            self._append(table, rows)

    def take_coming(self, table: str, timeline: Timeline) -> None:
        """Leave out what is to come."""

    def take_truth(self, table: str, rows: Columns) -> None:
        """Append to a table of the truth."""
        self._append(table, rows)

    def _append(self, table: str, rows: Columns) -> None:
        with self._file(table).open("ab") as file:
            for block in csv_blocks({name: rows[name] for name in _COLUMNS[table]}):
                file.write(block)
        self.rows += columns.count(rows)

    def _file(self, table: str) -> Path:
        if table.startswith(_TRUTH):
            return self.folder / "truth" / f"{table.removeprefix(_TRUTH)}.csv"
        return self.folder / "shop" / f"{table}.csv"


@dataclass
class DatabaseSink:
    """Copies into the tables of a shop's database, in the caller's transaction."""

    connection: psycopg.Connection
    until: np.datetime64
    rows: int = 0

    def take(self, table: str, timeline: Timeline) -> None:
        """Copy what is known into `public`, what will become known into `simulator.future_…`."""
        if (rows := timeline.known_at(self.until)) is not None:
            self._copy(f"public.{table}", rows)
        self.take_coming(table, timeline)

    def take_coming(self, table: str, timeline: Timeline) -> None:
        """Copy what will become known."""
        if (rows := timeline.coming_after(self.until)) is not None:
            self._copy(f"{FUTURE}{table}", rows)

    def take_truth(self, table: str, rows: Columns) -> None:
        """Copy into a table of the truth."""
        self._copy(f"simulator.{table}", rows)

    def _copy(self, table: str, rows: Columns) -> None:
        names = ", ".join(rows)
        with self.connection.cursor().copy(f"COPY {table} ({names}) FROM STDIN (FORMAT csv)") as copy:
            for block in csv_blocks(rows):
                copy.write(block)
        self.rows += columns.count(rows)

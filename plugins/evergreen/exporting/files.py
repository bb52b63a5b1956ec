"""Writing a mart to a file: CSV as COPY makes it, or Parquet with types; whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Literal

from psycopg import sql

from evergreen.appearing import appearing
from evergreen.exporting.relations import Mart, harmless
from evergreen.warehouse.connections import Connection

Format = Literal["parquet", "csv"]


def write_mart(connection: Connection, mart: Mart, folder: Path, form: Format) -> Path:
    """Write all rows of a mart to `<folder>/<mart>.<format>`; return the file.

    Args:
        connection: of the reader.
        mart: what to write.
        folder: is made.
        form: `csv`: header, NULL as nothing, texts made harmless for spreadsheets, numbers with all digits;
            `parquet`: typed, numbers as doubles, moments as timestamps, JSON and arrays as text.
    """
    path = folder / f"{mart.name}.{form}"
    with appearing(path) as beside, beside.open("wb") as file:
        if form == "csv":
            _write_csv(connection, mart, file)
        else:
            _write_parquet(connection, mart, file)
    return path


def _copy(mart: Mart, *, spreadsheet: bool) -> sql.Composed:
    columns = [
        sql.SQL("{} as {}").format(harmless(sql.Identifier(name), kind), sql.Identifier(name))
        if spreadsheet
        else sql.Identifier(name)
        for name, kind in mart.columns.items()
    ]
    return sql.SQL("copy (select {} from {}) to stdout (format csv, header)").format(
        sql.SQL(", ").join(columns), sql.Identifier("marts", mart.name)
    )


def _write_csv(connection: Connection, mart: Mart, file: BinaryIO) -> None:
    with connection.cursor() as cursor, cursor.copy(_copy(mart, spreadsheet=True)) as copy:
        for block in copy:
            file.write(block)


def _write_parquet(connection: Connection, mart: Mart, file: BinaryIO) -> None:
    import pyarrow
    import pyarrow.csv
    import pyarrow.parquet

    schema = pyarrow.schema([(name, _arrow_type(kind)) for name, kind in mart.columns.items()])
    conversion = pyarrow.csv.ConvertOptions(
        column_types=schema,
        true_values=["t"],
        false_values=["f"],
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    reading = pyarrow.csv.ReadOptions(use_threads=False)
    parsing = pyarrow.csv.ParseOptions(newlines_in_values=True)
    with connection.cursor() as cursor, cursor.copy(_copy(mart, spreadsheet=False)) as copy:
        blocks = io.BufferedReader(_Blocks(iter(copy)), 1 << 20)
        with (
            pyarrow.csv.open_csv(blocks, reading, parsing, conversion) as batches,
            pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer,
        ):
            for batch in batches:
                writer.write_batch(batch)


def _arrow_type(kind: str) -> Any:
    import pyarrow

    types = {
        "boolean": pyarrow.bool_(),
        "smallint": pyarrow.int16(),
        "integer": pyarrow.int32(),
        "bigint": pyarrow.int64(),
        "real": pyarrow.float32(),
        "double precision": pyarrow.float64(),
        "numeric": pyarrow.float64(),
        "date": pyarrow.date32(),
        "timestamp without time zone": pyarrow.timestamp("us"),
        "timestamp with time zone": pyarrow.timestamp("us", tz="UTC"),
    }
    return types.get(kind, pyarrow.string())


class _Blocks(io.RawIOBase):
    """The blocks of a COPY as a file to read."""

    def __init__(self, blocks: Iterator[Any]) -> None:
        self._blocks = blocks
        self._rest = b""

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes next."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = bytes(block)
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

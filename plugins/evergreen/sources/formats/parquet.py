"""Parquet: batches of rows, every value as text, handed on as CSV."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from evergreen.sources.access import FileFormat
from evergreen.sources.definition import Table
from evergreen.sources.formats.copying import csv_options
from evergreen.sources.places import PlacedFile
from evergreen.sources.reading import Record, Stream, UnreadableDelivery

ROWS = 16_384
"""Most rows of a batch; fewer where rows are large."""

BATCH_BYTES = 8 << 20


@contextmanager
def open_parquet(file: PlacedFile, form: FileFormat, table: Table) -> Iterator[Stream]:
    """Open a Parquet file; see `formats.open_file`."""

    def reopen() -> Iterator[Record]:
        number = 2
        with file.open() as again:
            for batch in _batches(_opened(again, file.address)):
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    yield _record(number, list(values))
                    number += 1

    with file.open() as opened:
        content = _opened(opened, file.address)
        yield Stream(list(content.schema_arrow.names), _blocks(content, file.address), csv_options(), reopen)


def _opened(opened: Any, address: str) -> Any:
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.ParquetFile(opened, pre_buffer=False)
    except (pyarrow.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UnreadableDelivery(f"{address}: is no Parquet file that can be read ({reason})") from None


def _blocks(content: Any, address: str) -> Iterator[bytes]:
    import pyarrow
    import pyarrow.csv

    options = pyarrow.csv.WriteOptions(include_header=False)
    try:
        for batch in _batches(content):
            buffer = io.BytesIO()
            pyarrow.csv.write_csv(batch, buffer, options)
            yield buffer.getvalue()
    except (pyarrow.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UnreadableDelivery(f"{address}: is damaged ({reason}): deliver the file again") from None


def _batches(content: Any) -> Iterator[Any]:
    """Yield record batches with text columns only; one thread and no read-ahead keep the memory small."""
    import pyarrow

    groups = [content.metadata.row_group(i) for i in range(content.num_row_groups)]
    widest = max((group.total_byte_size // max(1, group.num_rows) for group in groups), default=0)
    rows = max(1, min(ROWS, BATCH_BYTES // max(1, widest)))
    for batch in content.iter_batches(batch_size=rows, use_threads=False):
        columns = [_as_text(column) for column in batch.columns]
        yield pyarrow.record_batch(columns, names=batch.schema.names)


def _as_text(column: Any) -> Any:
    """Write a column as text: numbers and times as Arrow prints them, bytes as hex, nested values as JSON."""
    import pyarrow
    from pyarrow import types

    if types.is_nested(column.type):
        written = [
            None if value is None else json.dumps(value, ensure_ascii=False, default=str)
            for value in column.to_pylist()
        ]
        return pyarrow.array(written, pyarrow.string())
    if types.is_binary(column.type) or types.is_large_binary(column.type):
        return pyarrow.array(
            [None if value is None else "\\x" + value.hex() for value in column.to_pylist()], pyarrow.string()
        )
    if types.is_fixed_size_binary(column.type):
        return _as_text(column.cast(pyarrow.binary()))
    return column.cast(pyarrow.string())


def _record(number: int, values: list[str | None]) -> Record:
    raw = json.dumps(values, ensure_ascii=False).replace("\0", "\\x00")
    if any(value and "\0" in value for value in values):
        return Record(number, None, raw, "the record holds a NUL character")
    return Record(number, values, raw, None)

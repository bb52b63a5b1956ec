"""Relations of Postgres as Parquet files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

# digits before and after the point, of a numeric without a scale
NUMERIC = (28, 10)
_BLOCK_BYTES = 64_000_000
_KINDS = {
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "smallint": pa.int16(),
    "double precision": pa.float64(),
    "numeric": pa.decimal128(*NUMERIC),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp without time zone": pa.timestamp("us"),
}


def export(
    names: Iterable[tuple[str, str]],
    folder: Path,
    *,
    numbers_as_text: bool = False,
    shuffled: bool = False,
) -> dict[tuple[str, str], Path]:
    """Write relations, named by schema and name, to files of a folder; of facts the rows that are open.

    Columns have the types that they have in Postgres, as far as they are in `_KINDS`, and are text otherwise.

    Args:
        names: the relations.
        folder: where the files go.
        numbers_as_text: whether numerics keep all their digits, as text.
        shuffled: whether the rows come in another order, the same every time.
    """
    from evergreen.warehouse.connections import Warehouse

    kinds = _KINDS | ({"numeric": pa.string()} if numbers_as_text else {})
    written = {}
    with Warehouse.open().connect("admin") as connection:
        for schema, name in sorted(names):
            written[schema, name] = folder / f"{schema}.{name}.parquet"
            with _csv(connection, schema, name, folder) as (path, types):
                _rewrite(
                    path,
                    {column: kinds.get(kind, pa.string()) for column, kind in types.items()},
                    written[schema, name],
                    shuffled=shuffled,
                )
    return written


@contextmanager
def _csv(
    connection: psycopg.Connection[Any], schema: str, name: str, folder: Path
) -> Iterator[tuple[Path, dict[str, str]]]:
    """Have a relation as CSV for a while; the types of its columns are Postgres'."""
    types = dict(
        connection.execute(
            "select column_name::text, data_type::text from information_schema.columns"
            " where (table_schema, table_name) = (%s, %s) order by ordinal_position",
            [schema, name],
        ).fetchall()
    )
    open_rows = "where _to_release is null" if "_to_release" in types else ""
    path = folder / f"{schema}.{name}.csv"
    with (
        path.open("wb") as file,
        connection.cursor().copy(
            f'copy (select * from {schema}."{name}" {open_rows}) to stdout (format csv, header)'
        ) as copy,
    ):
        for block in copy:
            file.write(block)
    yield path, types
    path.unlink()


def _rewrite(path: Path, types: dict[str, pa.DataType], target: Path, *, shuffled: bool) -> None:
    """Write CSV as Parquet, a block at a time: a large relation does not fit into memory."""
    blocks = pc.open_csv(
        path,
        read_options=pc.ReadOptions(block_size=_BLOCK_BYTES),
        parse_options=pc.ParseOptions(newlines_in_values=True),
        convert_options=pc.ConvertOptions(
            column_types=types,
            null_values=[""],
            strings_can_be_null=True,
            true_values=["t"],
            false_values=["f"],
            quoted_strings_can_be_null=False,
        ),
    )
    with pq.ParquetWriter(target, blocks.schema) as file:
        if shuffled:
            table = blocks.read_all()
            file.write_table(table.take(np.random.default_rng(0).permutation(table.num_rows)))
            return
        for block in blocks:
            file.write_batch(block)

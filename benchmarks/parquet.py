"""Relations of Postgres as Parquet files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

# digits before and after the point, of a numeric without a scale
NUMERIC = (28, 10)
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
            table = _read(connection, schema, name, kinds)
            if shuffled:
                table = table.take(np.random.default_rng(0).permutation(table.num_rows))
            written[schema, name] = folder / f"{schema}.{name}.parquet"
            pq.write_table(table, written[schema, name])
    return written


def _read(
    connection: psycopg.Connection[Any], schema: str, name: str, kinds: dict[str, pa.DataType]
) -> pa.Table:
    types = dict(
        connection.execute(
            "select column_name::text, data_type::text from information_schema.columns"
            " where (table_schema, table_name) = (%s, %s) order by ordinal_position",
            [schema, name],
        ).fetchall()
    )
    open_rows = "where _to_release is null" if "_to_release" in types else ""
    sink = pa.BufferOutputStream()
    with connection.cursor().copy(
        f'copy (select * from {schema}."{name}" {open_rows}) to stdout (format csv, header)'
    ) as copy:
        for block in copy:
            sink.write(block)
    return pc.read_csv(
        pa.BufferReader(sink.getvalue()),
        parse_options=pc.ParseOptions(newlines_in_values=True),
        convert_options=pc.ConvertOptions(
            column_types={column: kinds.get(kind, pa.string()) for column, kind in types.items()},
            null_values=[""],
            strings_can_be_null=True,
            true_values=["t"],
            false_values=["f"],
            quoted_strings_can_be_null=False,
        ),
    )

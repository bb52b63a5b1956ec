"""Reading what a build left for a task: one row of terms, or a whole relation by COPY."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from psycopg import sql
from psycopg.rows import class_row

from evergreen.warehouse.connections import Connection

if TYPE_CHECKING:
    import pyarrow as pa

Terms = TypeVar("Terms", bound=Any)


def only_row(connection: Connection, model: str, kind: type[Terms]) -> Terms:
    """Return the one row of an intermediate model as `kind`, a dataclass whose fields are columns of it."""
    names = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(kind))
    statement = sql.SQL("select {} from {}").format(names, sql.Identifier("intermediate", model))
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        row = cursor.execute(statement).fetchone()
    assert row is not None
    return row


def copied(connection: Connection, query: sql.Composable, kinds: Mapping[str, pa.DataType]) -> pa.Table:
    """Return what a query selects, its columns in the order, by the names and of the types of `kinds`."""
    import pyarrow as pa
    from pyarrow import csv

    received = pa.BufferOutputStream()
    with connection.cursor().copy(sql.SQL("copy ({}) to stdout (format csv)").format(query)) as copy:
        for block in copy:
            received.write(block)
    if not received.tell():
        return pa.table({name: pa.array([], kind) for name, kind in kinds.items()})
    return csv.read_csv(
        pa.BufferReader(received.getvalue()),
        csv.ReadOptions(column_names=list(kinds)),
        convert_options=csv.ConvertOptions(
            column_types=dict(kinds), null_values=[""], true_values=["t"], false_values=["f"]
        ),
    )

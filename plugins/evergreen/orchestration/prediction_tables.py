"""What travels between the warehouse and the value models, by COPY in both directions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from psycopg import sql

from evergreen.orchestration.copied import copied, only_row
from evergreen.valuation.arrays import Floats, Ints
from evergreen.valuation.base import Base, Holdout
from evergreen.valuation.customers import Customers
from evergreen.valuation.history import History
from evergreen.valuation.segments import UNKNOWN
from evergreen.warehouse.connections import Connection

if TYPE_CHECKING:
    import pyarrow as pa

DAYS_PER_UNIT = 7.0
TIME_UNIT = "week"
SIGNALS = ("low_score", "open_complaint", "notice")
TABLES = ("run", "customers", "fits", "segments", "holdout", "churn")
_BATCH = 1 << 16  # rows written at once

_NUMBERS = ("frequency", "recency_days", "age_days", "valued_orders", "mean_value")
_TEXTS = ("customer_id", "segment")
_COLUMNS = (
    *_TEXTS,
    *(f"calibration_{name}" for name in _NUMBERS),
    *("holdout_orders", "holdout_wait_days"),
    *_NUMBERS,
    *(f"calibration_has_{name}" for name in SIGNALS),
    *(f"has_{name}" for name in SIGNALS),
)


@dataclass(frozen=True)
class BuildTerms:
    """The row of int_prediction__terms."""

    churn_days: int
    annual_discount: float
    lifetime_years: float
    segment_repeaters: int | None
    calibration_start: date | None
    calibration_end: date | None
    as_of_date: date


def read_terms(connection: Connection) -> BuildTerms:
    """Return what this build asks of the models."""
    return only_row(connection, "int_prediction__terms", BuildTerms)


def read_base(connection: Connection, terms: BuildTerms) -> Base:
    """Read the histories of all customers, in the order of their pseudonyms, which is as good as none."""
    table = _read(connection)

    def numbers(name: str) -> Floats:
        column = table[name].cast("float64")
        return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)  # NULL is NaN

    def customers(prefix: str, rows: np.ndarray) -> Customers:
        frequency, recency, age, valued, mean = (numbers(prefix + name)[rows] for name in _NUMBERS)
        names = table["customer_id"].to_numpy(zero_copy_only=False)[rows]
        history = History.of(frequency, recency / DAYS_PER_UNIT, age / DAYS_PER_UNIT)
        return Customers.of(names, history, valued, mean)

    def signals(prefix: str, rows: np.ndarray) -> Floats:
        return np.column_stack([numbers(f"{prefix}has_{name}")[rows] for name in SIGNALS])

    everyone = np.arange(len(table))
    now, shown = customers("", everyone), signals("", everyone)
    segment, names = _numbered(table["segment"])
    if terms.calibration_end is None:
        return Base(now, shown, None, segment, names)
    early = np.flatnonzero(~np.isnan(numbers("calibration_frequency")))
    wait = numbers("holdout_wait_days")[early]
    holdout = Holdout(
        customers("calibration_", early),
        signals("calibration_", early),
        numbers("holdout_orders")[early],
        np.where(np.isnan(wait), np.inf, wait) / DAYS_PER_UNIT,
        (terms.as_of_date - terms.calibration_end).days / DAYS_PER_UNIT,
        segment[early],
    )
    return Base(now, shown, holdout, segment, names)


def clear(connection: Connection) -> None:
    """Empty the tables that the predictions of a candidate are written into."""
    names = sql.SQL(", ").join(sql.Identifier("predictions", name) for name in TABLES)
    connection.execute(sql.SQL("truncate {}").format(names))


def write(connection: Connection, name: str, columns: Mapping[str, Any]) -> None:
    """Append rows, given by column, to a table of predictions; NaN and None become NULL."""
    import pyarrow as pa

    arrays = {column: pa.array(values, from_pandas=True) for column, values in columns.items()}
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
        sql.Identifier("predictions", name), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor().copy(statement) as copy:
        for block in _as_csv(pa.table(arrays)):
            copy.write(block)


def write_rows(connection: Connection, name: str, rows: list[dict[str, Any]]) -> None:
    """Append a few rows; what a row does not name is NULL, mappings become JSON."""
    columns = dict.fromkeys(column for row in rows for column in row)
    if rows:
        write(connection, name, {column: [plain(row.get(column)) for row in rows] for column in columns})


def plain(value: Any) -> Any:
    """Return a mapping as JSON, anything else as it is."""
    return json.dumps(value) if isinstance(value, dict) else value


def _read(connection: Connection) -> pa.Table:
    import pyarrow as pa

    query = sql.SQL("select {} from intermediate.int_prediction__histories order by customer_id").format(
        sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
    )
    kinds = {
        name: pa.string() if name in _TEXTS else pa.bool_() if "has_" in name else pa.float64()
        for name in _COLUMNS
    }
    return copied(connection, query, kinds)


def _numbered(column: pa.ChunkedArray) -> tuple[Ints, tuple[str, ...]]:
    """Return the number (n,) of each row's text, and the texts from number 1 on; an empty one is UNKNOWN."""
    encoded = column.combine_chunks().dictionary_encode()
    found = encoded.dictionary.to_pylist()
    names = sorted(name for name in found if name)
    numbers = {name: number for number, name in enumerate(names, start=1)}
    number_of = np.array([numbers.get(name, UNKNOWN) for name in found], dtype=np.int64)
    return number_of[encoded.indices.to_numpy()], tuple(names)


def _as_csv(table: pa.Table) -> Iterator[bytes]:
    import pyarrow as pa
    from pyarrow import csv

    for batch in table.to_batches(max_chunksize=_BATCH):
        block = pa.BufferOutputStream()
        csv.write_csv(batch, block, csv.WriteOptions(include_header=False))
        yield block.getvalue().to_pybytes()

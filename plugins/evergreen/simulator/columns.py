"""Columns of tables, from arrays: text by vocabulary, labels, money, moments, days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from evergreen.simulator.arrays import NONE, Array, Floats, Ints, Moments

Column: TypeAlias = Any  # an Arrow array; pyarrow is imported where it is used
Columns: TypeAlias = Mapping[str, Column]


def text(vocabulary: Sequence[str | None], codes: Ints) -> Column:
    """Return the words at the positions `codes`; NONE is null."""
    import pyarrow as pa

    words = pa.array(vocabulary, pa.string())
    return words.take(pa.array(codes, mask=codes == NONE))


def label(prefix: str, numbers: Ints, width: int = 0) -> Column:
    """Return identifiers such as C0000123; NONE is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    digits = pa.array(numbers, mask=numbers == NONE).cast(pa.string())
    return pc.binary_join_element_wise(pa.scalar(prefix), pc.utf8_lpad(digits, width, "0"), "")


def whole(numbers: Ints) -> Column:
    """Return whole numbers; NONE is null."""
    import pyarrow as pa

    return pa.array(numbers, mask=numbers == NONE)


def number(floats: Floats, digits: int) -> Column:
    """Return numbers rounded to `digits`; NaN is null."""
    import pyarrow as pa

    floats = np.asarray(floats, dtype=np.float64)
    return pa.array(np.round(floats, digits) + 0.0, mask=np.isnan(floats))


def money(cents: Ints) -> Column:
    """Return amounts with two digits from whole cents; NONE is an amount like any other."""
    import pyarrow as pa

    return pa.array(cents / 100.0)


def moment(moments: Moments) -> Column:
    """Return timestamps to the second; NaT is null."""
    import pyarrow as pa

    return pa.array(moments.astype("datetime64[s]"))


def day(days: Moments) -> Column:
    """Return dates; NaT is null."""
    import pyarrow as pa

    return pa.array(days.astype("datetime64[D]"))


def flag(flags: Array) -> Column:
    """Return true and false."""
    import pyarrow as pa

    return pa.array(flags.astype(bool))


def chosen(column: Column, positions: Ints) -> Column:
    """Return the entries at `positions`; NONE is null."""
    import pyarrow as pa

    return column.take(pa.array(positions, mask=positions == NONE))


def count(columns: Columns) -> int:
    """Return the number of rows."""
    return len(next(iter(columns.values())))


def table(columns: Columns) -> Any:
    """Return the columns as an Arrow table."""
    import pyarrow as pa

    return pa.table(dict(columns))

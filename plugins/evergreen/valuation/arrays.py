"""The kinds of arrays of this package, and work on long ones in pieces."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Array: TypeAlias = NDArray[np.generic]
Rows: TypeAlias = slice | Ints

Item = TypeVar("Item")

PIECE = 1 << 15  # rows; a dozen temporary arrays of a piece fit into a core's cache


def floats(values: ArrayLike) -> Floats:
    """Return the values as a one-dimensional float array."""
    return np.atleast_1d(np.asarray(values, dtype=np.float64))


@dataclass(frozen=True)
class Distinct:
    """The distinct values (m,) of an array (n,) and the place (n,) of each row among them."""

    values: Floats
    place: Ints

    @classmethod
    def of(cls, rows: Floats) -> Distinct:
        """Find the distinct values of the rows (n,)."""
        values, place = np.unique(rows, return_inverse=True)
        return cls(values, place)

    def map(self, function: Callable[[Floats], Floats]) -> Floats:
        """Evaluate a costly function (log-gammas, mostly) once per distinct value; (n,)."""
        return function(self.values)[self.place]


def pieces(rows: int) -> list[slice]:
    """Cut so many rows into pieces, which depend on nothing but their number."""
    return [slice(start, min(start + PIECE, rows)) for start in range(0, rows, PIECE)]


def in_threads(work: Callable[[Item], Floats], items: Sequence[Item]) -> list[Floats]:
    """Return `work(item)` of all items, in their order. numpy and scipy release the interpreter lock."""
    if len(items) == 1:
        return [work(items[0])]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return list(pool.map(work, items))


def by_piece(work: Callable[[slice], Floats], rows: int) -> Floats:
    """Put together `work(piece)` (m,) of all pieces; the result (rows,) does not depend on the machine."""
    return np.concatenate([np.empty(0), *in_threads(work, pieces(rows))])


def in_pieces(function: Callable[..., Floats], *columns: ArrayLike) -> Floats:
    """Apply a row-wise function to columns of equal (or broadcast) length, piece by piece; (n,)."""
    broadcast = np.broadcast_arrays(*(floats(column) for column in columns))
    return by_piece(lambda rows: function(*(column[rows] for column in broadcast)), len(broadcast[0]))

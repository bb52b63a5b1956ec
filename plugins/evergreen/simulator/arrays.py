"""The kinds of arrays that the simulator passes around, and moments with "never" in them."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Singles: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Moments: TypeAlias = NDArray[np.datetime64]  # to the second; NaT where it never happens
Array: TypeAlias = NDArray[Any]

NONE = -1  # in an array of positions: points at nobody
NEVER = np.datetime64("NaT", "s")

_DAY_SECONDS = 86400


def rounded_down(number: Array) -> Ints:
    """Round down to whole numbers; NaN becomes the one that numpy reads as NaT."""
    floats = np.floor(np.asarray(number, dtype=np.float64))
    whole = np.full(floats.shape, np.iinfo(np.int64).min)
    known = np.isfinite(floats)
    whole[known] = floats[known].astype(np.int64)
    return whole


def after(start: Moments, days: Array) -> Moments:
    """Return the moments so many days later; NaT for NaN."""
    seconds: Array = rounded_down(np.asarray(days) * _DAY_SECONDS).astype("timedelta64[s]")
    later: Moments = start + seconds
    return later


def by_then(at: Moments, moment: Moments) -> Moments:
    """Return `at` where it has happened by `moment`, else NaT."""
    reached: Moments = np.where(at <= moment, at, NEVER)
    return reached

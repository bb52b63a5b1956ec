"""Functions of frequency and age that cost much, evaluated at few ages per frequency."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.polynomial import chebyshev

from evergreen.valuation.arrays import Floats

_NODES = 28


def by_age(
    function: Callable[[Floats, Floats], Floats], frequency: Floats, age: Floats, time_scale: float
) -> Floats:
    """Return function(frequency, age) > 0 of the rows (n,), which are sorted by frequency.

    Where a frequency comes with more ages than `_NODES`, the function is evaluated at that many Chebyshev
    points of log(time_scale + age) and its logarithm interpolated: it is analytic in that variable, the
    relative error is below 10⁻⁷.
    """
    start = np.flatnonzero(np.diff(frequency, prepend=np.nan) != 0)
    length = np.diff(start, append=len(frequency))
    is_long = np.repeat(length > _NODES, length)
    result = np.empty(len(frequency))
    result[~is_long] = function(frequency[~is_long], age[~is_long])
    if not is_long.any():
        return result
    at = np.log(time_scale + age)
    groups = [slice(first, first + rows) for first, rows in zip(start, length, strict=True) if rows > _NODES]
    points = chebyshev.chebpts1(_NODES)
    middle = np.array([(at[rows].max() + at[rows].min()) / 2.0 for rows in groups])
    half = np.array([(at[rows].max() - at[rows].min()) / 2.0 for rows in groups])
    ages = np.exp(middle[:, None] + half[:, None] * points) - time_scale
    frequencies = np.repeat([frequency[rows.start] for rows in groups], _NODES)
    values = np.log(function(frequencies, np.maximum(ages.ravel(), 0.0)).reshape(len(groups), _NODES))
    coefficients = values @ np.linalg.inv(chebyshev.chebvander(points, _NODES - 1)).T
    for number, rows in enumerate(groups):
        result[rows] = np.exp(
            chebyshev.chebval((at[rows] - middle[number]) / half[number], coefficients[number])
        )
    return result

"""Small numerical tools that stay accurate where the textbook expression does not."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

from evergreen.valuation.arrays import Floats

_STIRLING_FROM = 50.0


def log_rising(base: Floats | float, steps: Floats | float) -> Floats:
    """Return log Γ(base + steps) − log Γ(base), base > 0, steps ≥ 0.

    From base 50 on by the difference of Stirling's series, term by term: two log-gammas of 10⁶ would
    leave nine digits of a difference of 1.
    """
    base, steps = np.broadcast_arrays(np.asarray(base, dtype=np.float64), np.asarray(steps, dtype=np.float64))
    end = base + steps
    plain: Floats = special.gammaln(end) - special.gammaln(base)
    large = base >= _STIRLING_FROM
    if not large.any():
        return plain
    start = np.where(large, base, _STIRLING_FROM)
    end = np.where(large, end, _STIRLING_FROM)
    leading = (start - 0.5) * np.log1p((end - start) / start) + (end - start) * (np.log(end) - 1.0)
    difference = leading + _stirling_tail(end) - _stirling_tail(start)
    return np.where(large, difference, plain)


def _stirling_tail(z: Floats) -> Floats:
    inverse_square = 1.0 / (z * z)
    series = 1.0 / 12.0 - inverse_square * (
        1.0 / 360.0 - inverse_square * (1.0 / 1260.0 - inverse_square / 1680.0)
    )
    return np.asarray(series / z)


@lru_cache(maxsize=16)
def gauss_legendre(nodes: int) -> tuple[Floats, Floats]:
    """Return nodes and weights of Gauss–Legendre quadrature on [0, 1]."""
    points, weights = np.polynomial.legendre.leggauss(nodes)
    return (points + 1.0) / 2.0, weights / 2.0


def softplus(y: Floats) -> Floats:
    """Return log(1 + eʸ)."""
    return np.logaddexp(0.0, y)

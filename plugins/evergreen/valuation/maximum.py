"""Maximising the likelihood of many customers: several starts on few of them, the last steps on all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import optimize

from evergreen.valuation.arrays import Floats

# Mean log-likelihood per customer and its gradient (k,), at the logarithms of the parameters (k,).
Objective: TypeAlias = Callable[[Floats], tuple[float, Floats]]

_DIFFERENCE = 1e-4  # of central differences, in logarithms of parameters
_GRADIENT = 1e-9


@dataclass(frozen=True)
class Maximum:
    """The best point (k,), the mean log-likelihood there, and its second derivatives (k, k)."""

    point: Floats
    value: float
    hessian: Floats


def maximize(
    objective: Objective, starts: Sequence[Floats], low: Floats, high: Floats, pilot: Objective | None = None
) -> Maximum:
    """Return the maximum of the objective between the bounds (k,).

    All starts are tried on the pilot, an objective over a sample of the customers, if there is one; the best
    end is where the search over all customers starts, with the pilot's curvature: few evaluations are left.
    """
    ends = [_climb(pilot or objective, start, low, high) for start in starts]
    point = max(ends, key=lambda end: end[1])[0]
    if pilot is not None:
        point = _climb_with_curvature(objective, pilot, point, low, high)
    return Maximum(point, objective(point)[0], curvature(objective, point))


def curvature(objective: Objective, point: Floats) -> Floats:
    """Return the second derivatives (k, k) by central differences of the gradient."""
    rows = []
    for direction in np.eye(len(point)) * _DIFFERENCE:
        rows.append((objective(point + direction)[1] - objective(point - direction)[1]) / (2.0 * _DIFFERENCE))
    matrix = np.array(rows)
    return np.asarray((matrix + matrix.T) / 2.0, dtype=np.float64)


def _climb(objective: Objective, start: Floats, low: Floats, high: Floats) -> tuple[Floats, float]:
    def fallen(point: Floats) -> tuple[float, Floats]:
        value, gradient = objective(point)
        return -value, -gradient

    end = optimize.minimize(
        fallen,
        np.clip(start, low, high),
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(low, high, strict=True)),
        options={"maxiter": 500, "ftol": 1e-14, "gtol": _GRADIENT, "maxls": 40},
    )
    return np.asarray(end.x, dtype=np.float64), -float(end.fun)


def _climb_with_curvature(
    objective: Objective, pilot: Objective, point: Floats, low: Floats, high: Floats
) -> Floats:
    """Search in coordinates in which the pilot's maximum is round; without it where that is no maximum."""
    values, vectors = np.linalg.eigh(-curvature(pilot, point))
    if values[0] <= 1e-9 * values[-1] or (point <= low).any() or (point >= high).any():
        return _climb(objective, point, low, high)[0]
    back = vectors / np.sqrt(values)

    def rounded(place: Floats) -> tuple[float, Floats]:
        value, gradient = objective(np.clip(point + back @ place, low, high))
        return -value, -(back.T @ gradient)

    end = optimize.minimize(
        rounded, np.zeros(len(point)), jac=True, method="BFGS", options={"gtol": 1e-7, "maxiter": 100}
    )
    return np.asarray(np.clip(point + back @ end.x, low, high), dtype=np.float64)

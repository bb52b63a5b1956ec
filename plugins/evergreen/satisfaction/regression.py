"""Least squares on standardised answers: how much each of several causes goes with an effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.satisfaction.arrays import Floats


@dataclass(frozen=True)
class Weights:
    """Standardised regression weights with intervals, shape (causes,); NaN where there is none.

    respondents: how many rows they come from.
    """

    estimate: Floats
    low: Floats
    high: Floats
    respondents: int


def standardised_weights(causes: Floats, effect: Floats, quantile: float) -> Weights:
    """Regress an effect on its causes, all in units of their standard deviation.

    A cause that does not vary, or that the others determine, has no weight of its own: NaN.

    Args:
        causes: shape (respondents, causes), without gaps.
        effect: shape (respondents,), without gaps.
        quantile: of the standard normal distribution, for the half width of the intervals.
    """
    respondents, count = causes.shape
    estimate, error = np.full(count, np.nan), np.full(count, np.nan)
    free = respondents - count - 1
    known = np.flatnonzero(_is_varying(causes)) if free > 0 else np.zeros(0, dtype=np.int64)
    if len(known) and _is_varying(effect[:, None])[0]:
        x, y = _standardised(causes[:, known]), _standardised(effect[:, None])[:, 0]
        known, x = _independent(known, x)
        inverse = np.linalg.inv(x.T @ x)
        beta = inverse @ (x.T @ y)
        residual = y - x @ beta
        variance = float(residual @ residual) / (respondents - len(known) - 1)
        estimate[known] = beta
        error[known] = np.sqrt(variance * np.diag(inverse))
    return Weights(estimate, estimate - quantile * error, estimate + quantile * error, respondents)


def _is_varying(values: Floats) -> np.ndarray:
    return np.ptp(values, axis=0) > 0 if len(values) else np.zeros(values.shape[1], dtype=bool)


def _standardised(values: Floats) -> Floats:
    return np.asarray((values - values.mean(axis=0)) / values.std(axis=0, ddof=1), dtype=np.float64)


def _independent(columns: np.ndarray, x: Floats) -> tuple[np.ndarray, Floats]:
    """Leave out columns that the others determine, from the last one on."""
    keep = list(range(x.shape[1]))
    while len(keep) > 1 and np.linalg.matrix_rank(x[:, keep]) < len(keep):
        for last in reversed(keep):
            rest = [column for column in keep if column != last]
            if np.linalg.matrix_rank(x[:, rest]) == np.linalg.matrix_rank(x[:, keep]):
                keep = rest
                break
    return columns[keep], x[:, keep]

"""How well probabilities of leaving were calibrated, and how well they told leavers from stayers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.valuation.arrays import Array, Floats


@dataclass(frozen=True)
class Reliability:
    """Per group of equal size by predicted probability, lowest first: arrays (groups,)."""

    customers: Floats
    predicted_rate: Floats
    actual_rate: Floats


def reliability(predicted: Floats, happened: Array, groups: int = 10) -> Reliability:
    """Compare predicted probabilities (n,) with what happened (n,), true or false; ties stay in row order."""
    order = np.argsort(predicted, kind="stable")
    parts = [part for part in np.array_split(order, groups) if len(part)]
    outcome = np.asarray(happened, dtype=np.float64)
    return Reliability(
        customers=np.array([len(part) for part in parts], dtype=np.float64),
        predicted_rate=np.array([predicted[part].mean() for part in parts]),
        actual_rate=np.array([outcome[part].mean() for part in parts]),
    )


def brier_score(predicted: Floats, happened: Array) -> float:
    """Return the mean squared difference of probability and outcome (Brier 1950)."""
    return float(np.mean((predicted - np.asarray(happened, dtype=np.float64)) ** 2))


def area_under_curve(score: Floats, happened: Array) -> float:
    """Return the probability that one to whom it happened has the higher score, ties counted half.

    NaN where it happened to all or to none. (Mann & Whitney 1947: the area under the ROC curve.)
    """
    outcome = np.asarray(happened, dtype=bool)
    yes, no = int(outcome.sum()), int((~outcome).sum())
    if not yes or not no:
        return float("nan")
    _, place, ties = np.unique(score, return_inverse=True, return_counts=True)
    ranks = np.cumsum(ties) - (ties - 1) / 2.0
    return float((ranks[place][outcome].sum() - yes * (yes + 1) / 2.0) / (yes * no))

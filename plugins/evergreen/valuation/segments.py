"""Fits by segment: the segment's own where it is large, drawn toward the fit of all where it is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from evergreen.valuation.arrays import Floats, Ints, Rows
from evergreen.valuation.fitting import Prior, PurchaseFit, fit
from evergreen.valuation.history import History
from evergreen.valuation.purchase_model import PurchaseModel

UNKNOWN = 0  # the number of no segment
FEWEST_REPEATERS = 200  # repeat buyers of a segment; with fewer, the fit of all is taken as it is
WHOLE_COUNTS_AS = 100.0  # customers of the segment, in its fit


@dataclass(frozen=True)
class SegmentFits:
    """Which fit speaks for whom: that of all customers, or the own one of a segment, by its number."""

    whole: PurchaseFit
    own: Mapping[int, PurchaseFit] = field(default_factory=dict)

    def parts(self, segment: Ints) -> list[tuple[PurchaseFit, Rows]]:
        """Return the fits with the rows (m,) that each speaks for, of customers in these segments (n,)."""
        if not self.own:
            return [(self.whole, slice(None))]
        parts: list[tuple[PurchaseFit, Ints]] = [
            (self.whole, np.flatnonzero(~np.isin(segment, list(self.own)))),
            *((fitted, np.flatnonzero(segment == number)) for number, fitted in self.own.items()),
        ]
        return [(fitted, rows) for fitted, rows in parts if len(rows)]

    def each(self, segment: Ints, answer: Callable[[PurchaseModel, Rows], Floats]) -> Floats:
        """Put together what the models answer (m,) about the rows (m,) that they speak for; (n,)."""
        answers = np.empty(len(segment))
        for fitted, rows in self.parts(segment):
            answers[rows] = answer(fitted.model, rows)
        return answers


def fit_segments(
    whole: PurchaseFit,
    history: History,
    segment: Ints,
    *,
    fewest_repeaters: float = FEWEST_REPEATERS,
    whole_counts_as: float = WHOLE_COUNTS_AS,
) -> SegmentFits:
    """Fit a model of the same kind to each known segment (numbers (n,)) that has so many repeat buyers.

    A segment's parameters maximise its log-likelihood less ½ (θ − θ₀)ᵀ P (θ − θ₀): θ are the logarithms of
    the parameters, θ₀ those of the whole, and P what `whole_counts_as` average customers would tell. So n
    customers move the fit about n / (n + whole_counts_as) of the way from the whole to their own, further
    where they tell more. If the whole is a fallback, nothing is fitted.
    """
    if whole.is_fallback:
        return SegmentFits(whole)
    precision = np.asarray(np.linalg.pinv(whole.parameters.covariance, hermitian=True), dtype=np.float64)
    prior = Prior(whole.model.logarithms, precision * (whole_counts_as / whole.customers))
    own: dict[int, PurchaseFit] = {}
    for number in np.unique(segment[segment != UNKNOWN]).tolist():
        rows = history[np.flatnonzero(segment == number)]
        if rows.repeaters >= fewest_repeaters:
            own[number] = fit(type(whole.model), rows, prior=prior)
    return SegmentFits(whole, own)

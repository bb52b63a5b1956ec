"""Fits by segment: the segment's own where it is large, drawn toward the fit of all where it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evergreen.valuation.arrays import Array
from evergreen.valuation.fitting import Prior, PurchaseFit, fit
from evergreen.valuation.history import History

SMALLEST_SEGMENT = 100  # customers; below, the fit of all is taken as it is
WHOLE_COUNTS_AS = 500.0  # customers of the segment, in its fit


def fit_segments(
    whole: PurchaseFit, history: History, segment: Array, *, whole_counts_as: float = WHOLE_COUNTS_AS
) -> dict[object, PurchaseFit]:
    """Return a fit per segment (labels (n,)), of the same kind as the fit of all customers.

    A segment's parameters maximise its log-likelihood less ½ (θ − θ₀)ᵀ P (θ − θ₀): θ are the logarithms of
    the parameters, θ₀ those of the whole, and P what `whole_counts_as` average customers would tell. So n
    customers move the fit about n / (n + whole_counts_as) of the way from the whole to their own, further
    where they tell more. Below SMALLEST_SEGMENT customers, or if the whole is a fallback, nothing is fitted.
    """
    if whole.is_fallback:
        return dict.fromkeys(np.unique(segment).tolist(), whole)
    precision = np.asarray(np.linalg.pinv(whole.parameters.covariance, hermitian=True), dtype=np.float64)
    prior = Prior(whole.model.logarithms, precision * (whole_counts_as / whole.customers))
    fits: dict[object, PurchaseFit] = {}
    for label in np.unique(segment).tolist():
        rows = history[np.flatnonzero(segment == label)]
        fits[label] = _fit_one(whole, rows, prior)
    return fits


def _fit_one(whole: PurchaseFit, rows: History, prior: Prior) -> PurchaseFit:
    if rows.customers < SMALLEST_SEGMENT:
        return replace(whole, note=f"{rows.customers:.0f} customers: the fit of all is used.")
    return fit(type(whole.model), rows, prior=prior)

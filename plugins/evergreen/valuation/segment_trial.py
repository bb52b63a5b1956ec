"""Whether customers are told better by their segment than by the fit of all: what the holdout says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.valuation.arrays import Floats, Ints, Rows
from evergreen.valuation.base import Holdout
from evergreen.valuation.evaluation import exceeds_chance
from evergreen.valuation.fitting import PurchaseFit
from evergreen.valuation.purchase_model import PurchaseModel
from evergreen.valuation.segments import UNKNOWN, SegmentFits, fit_segments


@dataclass(frozen=True)
class SegmentReport:
    """One segment in the holdout: its own fit (where it has one) beside the fit of all."""

    number: int
    customers: int
    repeaters: int
    log_likelihood: float
    log_likelihood_of_all: float
    total_predicted: float
    total_predicted_of_all: float
    total_actual: float


@dataclass(frozen=True)
class SegmentTrial:
    """Fits by segment to the calibration period, and a report on each known segment."""

    fits: SegmentFits
    is_better: bool
    reports: list[SegmentReport]


def try_segments(whole: PurchaseFit, holdout: Holdout, fewest_repeaters: float) -> SegmentTrial | None:
    """Fit by segment what was fitted to all, and judge it; None where no customer's segment is known.

    It is better where the holdout is likelier by it, by more than chance explains.
    """
    segment = holdout.segment
    if segment is None or not (segment != UNKNOWN).any():
        return None
    history, length = holdout.customers.history, holdout.length
    fits = fit_segments(whole, history, segment, fewest_repeaters=fewest_repeaters)

    def likelihood(model: PurchaseModel, rows: Rows) -> Floats:
        return model.log_probability(history[rows], holdout.orders[rows], length)

    def expected(model: PurchaseModel, rows: Rows) -> Floats:
        return model.expected_orders(history[rows], length)

    everyone = slice(None)
    likelihoods = fits.each(segment, likelihood), likelihood(whole.model, everyone)
    orders = fits.each(segment, expected), expected(whole.model, everyone), holdout.orders
    sums = zip(*(_by_segment(segment, values) for values in (*likelihoods, *orders)), strict=True)
    customers = _by_segment(segment, np.ones(len(segment)))
    repeaters = _by_segment(segment, (history.frequency > 0).astype(np.float64))
    reports = [
        SegmentReport(number, int(customers[number]), int(repeaters[number]), *(float(one) for one in row))
        for number, row in enumerate(sums)
        if number != UNKNOWN and customers[number]
    ]
    return SegmentTrial(fits, exceeds_chance(likelihoods[0] - likelihoods[1]), reports)


def _by_segment(segment: Ints, values: Floats) -> Floats:
    """Return the sums (segments + 1,) of values (n,); the first is that of unknown segments."""
    return np.bincount(segment, weights=values).astype(np.float64)

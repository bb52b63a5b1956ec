"""How well predictions did on orders they had not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.valuation.arrays import Floats
from evergreen.valuation.history import History
from evergreen.valuation.purchase_model import PurchaseModel

LAST_BIN = 7
_STANDARD_ERRORS = 2.0  # of a gain, that it has to exceed
_ROUNDING = 1e-9


@dataclass(frozen=True)
class FrequencyBins:
    """Customers by repeat occasions in the calibration period, the last bin open: arrays (bins,)."""

    frequency: Floats
    customers: Floats
    actual_mean: Floats
    predicted_mean: Floats


@dataclass(frozen=True)
class HoldoutReport:
    """A model against what happened in the holdout, beside two plain references.

    The references are zero for everyone, and each customer's own rate x / T. Errors are in occasions.
    """

    log_likelihood: float
    correlation: float
    mean_absolute_error: float
    mean_absolute_error_of_zero: float
    root_mean_square_error: float
    root_mean_square_error_of_own_rate: float
    total_predicted: float
    total_actual: float
    bins: FrequencyBins

    @property
    def beats_own_rate(self) -> bool:
        """Whether it is worth publishing: a mean is judged by its squared error."""
        return self.root_mean_square_error <= self.root_mean_square_error_of_own_rate


def evaluate(model: PurchaseModel, calibration: History, actual: Floats, horizon: float) -> HoldoutReport:
    """Compare expected with actual occasions (n,) in the horizon after the calibration period."""
    predicted = model.expected_orders(calibration, horizon)
    return HoldoutReport(
        log_likelihood=float(model.log_probability(calibration, actual, horizon) @ calibration.count),
        correlation=_correlation(predicted, actual, calibration.count),
        mean_absolute_error=_mean(np.abs(predicted - actual), calibration),
        mean_absolute_error_of_zero=_mean(actual, calibration),
        root_mean_square_error=float(np.sqrt(_mean((predicted - actual) ** 2, calibration))),
        root_mean_square_error_of_own_rate=float(
            np.sqrt(_mean((own_rate_orders(calibration, horizon) - actual) ** 2, calibration))
        ),
        total_predicted=float(predicted @ calibration.count),
        total_actual=float(actual @ calibration.count),
        bins=frequency_bins(calibration, predicted, actual),
    )


def exceeds_chance(gain: Floats) -> bool:
    """Tell whether a gain per customer (n,), in nats, is above 0 in the mean by more than chance explains.

    Nor by rounding: the same fit reached on two ways differs by the last digits, for all customers alike.
    """
    return bool(gain.mean() > max(_STANDARD_ERRORS * gain.std() / np.sqrt(len(gain)), _ROUNDING))


def own_rate_orders(history: History, horizon: float) -> Floats:
    """Return the plain reference (n,): each customer goes on at x / T; 0 at age 0."""
    return np.divide(
        history.frequency * horizon, history.age, out=np.zeros(len(history)), where=history.age > 0
    )


def frequency_bins(calibration: History, predicted: Floats, actual: Floats) -> FrequencyBins:
    """Return mean predicted and actual occasions by calibration frequency 0 … 7+; empty bins are left out."""
    place = np.minimum(calibration.frequency, LAST_BIN).astype(np.int64)
    customers = np.bincount(place, weights=calibration.count)
    filled = np.flatnonzero(customers)

    def mean(values: Floats) -> Floats:
        return np.bincount(place, weights=values * calibration.count)[filled] / customers[filled]

    numbers = customers[filled].astype(np.float64)
    return FrequencyBins(filled.astype(np.float64), numbers, mean(actual), mean(predicted))


def _mean(values: Floats, history: History) -> float:
    return float(np.average(values, weights=history.count))


def _correlation(first: Floats, second: Floats, weights: Floats) -> float:
    """Pearson's correlation; NaN where one of the two does not vary."""
    first = first - np.average(first, weights=weights)
    second = second - np.average(second, weights=weights)
    scale = np.sqrt((weights @ first**2) * (weights @ second**2))
    return float((weights * first) @ second / scale) if scale > 0 else float("nan")

"""Quantiles of the total value of a customer who will buy, tabulated over what they depend on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import interpolate, special

from evergreen.valuation.arrays import Floats, in_threads
from evergreen.valuation.gamma_gamma import GammaGamma
from evergreen.valuation.history import History
from evergreen.valuation.purchase_model import PurchaseModel

_EXACT = 16  # whole numbers up to here are taken one by one, from here on in growing steps
_GROWTH = 1.1
_AGES = 20
_SHARES = 3
_PROBITS = np.linspace(-4.2, 4.2, 43)
# Where the distribution of log value is computed, in standard deviations: it leans far to the left.
_DEVIATIONS = np.concatenate(
    [np.arange(-9.0, -2.0, 0.5), np.arange(-2.0, 2.5, 0.1), np.arange(2.5, 8.0, 0.5)]
)
_NEGLIGIBLE = 1e-7
_MOST_ORDERS = 1e7


@dataclass(frozen=True)
class ValueTable:
    """Quantiles of log(total value ÷ (γ + x z̄)) in a horizon, given that there is an order in it.

    They depend on frequency, age and the share of the repeat occasions that has a positive value. Tabulated
    is what is left of them without E log ν, which varies most.
    """

    quantiles: interpolate.RegularGridInterpolator
    spend: GammaGamma
    time_scale: float

    @classmethod
    def of(
        cls, model: PurchaseModel, spend: GammaGamma, history: History, valued_share: Floats, horizon: float
    ) -> ValueTable:
        """Tabulate for the frequencies, ages and shares (n,) that the rows of the history cover."""
        frequencies = _fewer(history.frequency, _whole_steps(0.0, float(history.frequency.max())))
        log_age = np.log(model.time_scale + history.age)
        log_ages = _fewer(log_age, np.linspace(log_age.min(), log_age.max(), _AGES))
        shares = _fewer(valued_share, np.linspace(valued_share.min(), 1.0, _SHARES))
        frequency = np.repeat(frequencies, len(log_ages))
        age = np.maximum(np.tile(np.exp(log_ages) - model.time_scale, len(frequencies)), 0.0)
        numbers, weights = _order_weights(model, frequency, age, horizon)
        tables = [
            _log_value_quantiles(spend.p, spend.q + spend.p * share * frequency, numbers, weights)
            for share in shares
        ]
        cells = np.stack([table.reshape(len(frequencies), len(log_ages), -1) for table in tables], axis=2)
        axes = [np.log1p(frequencies), log_ages, shares, _PROBITS]
        return cls(_interpolator(axes, cells), spend, model.time_scale)

    def log_quantile(
        self, frequency: Floats, age: Floats, valued_share: Floats, probability: Floats
    ) -> Floats:
        """Return the quantiles (n,) at these probabilities (n,), which are cut at 10⁻⁵ from 0 and 1."""
        probit = np.clip(special.ndtri(probability), _PROBITS[0], _PROBITS[-1])
        points = [np.log1p(frequency), np.log(self.time_scale + age), valued_share, probit]
        level = special.digamma(self.spend.q + self.spend.p * valued_share * frequency)
        return np.asarray(self.quantiles(np.stack(points, axis=-1)) - level, dtype=np.float64)


def _whole_steps(first: float, last: float) -> Floats:
    """Return whole numbers from first to at least last: each one at first, then growing by a factor."""
    numbers = [first]
    while numbers[-1] < last:
        number = numbers[-1]
        numbers.append(number + 1.0 if number < _EXACT else np.ceil(number * _GROWTH))
    return np.array(numbers)


def _fewer(values: Floats, steps: Floats) -> Floats:
    """Return the distinct values where they are no more than the steps over their range, else the steps."""
    distinct = np.unique(values)
    return distinct if len(distinct) <= len(steps) else steps


def _order_weights(
    model: PurchaseModel, frequency: Floats, age: Floats, horizon: float
) -> tuple[Floats, Floats]:
    """Return numbers of orders (m,) and their probabilities (cells, m), given alive and one order or more."""
    horizons = np.full(len(frequency), horizon)

    def at_least(number: float) -> Floats:
        return model.at_least_if_alive(frequency, age, np.full(len(frequency), number), horizons)

    some, most = np.maximum(at_least(1.0), np.finfo(float).tiny), 2.0
    while most < _MOST_ORDERS and (at_least(most) > _NEGLIGIBLE * some).any():
        most *= 2.0
    steps = _whole_steps(1.0, most)
    beyond = np.stack([at_least(number) / some for number in steps], axis=1)
    return (steps[:-1] + steps[1:] - 1.0) / 2.0, np.maximum(beyond[:, :-1] - beyond[:, 1:], 0.0)


def _log_value_quantiles(p: float, shape: Floats, numbers: Floats, weights: Floats) -> Floats:
    """Return log-quantiles (cells, probits) of beta primes of shapes p · number and `shape`, mixed.

    numbers (m,), weights (cells, m), shape (cells,). The digamma of `shape` is added.
    """
    weights = weights / weights.sum(axis=1, keepdims=True)
    centres = special.digamma(p * numbers)
    mean = weights @ centres
    spread = (
        weights @ (centres**2 + special.polygamma(1, p * numbers)) - mean**2 + special.polygamma(1, shape)
    )
    middle = mean - special.digamma(shape)
    log_value = middle[:, None] + np.sqrt(spread)[:, None] * _DEVIATIONS

    def cumulated(cell: int) -> Floats:
        matter = weights[cell] > _NEGLIGIBLE
        share = special.expit(log_value[cell])
        parts = special.betainc(p * numbers[matter, None], shape[cell], share)
        return np.asarray(weights[cell, matter] @ parts / weights[cell, matter].sum())

    probits = [special.ndtri(row) for row in in_threads(cumulated, range(len(shape)))]
    return np.stack(
        [_inverted(*rows) for rows in zip(probits, log_value + special.digamma(shape)[:, None], strict=True)]
    )


def _inverted(probit: Floats, log_value: Floats) -> Floats:
    finite = np.isfinite(probit)
    return np.interp(_PROBITS, probit[finite], log_value[finite])


def _interpolator(axes: Sequence[Floats], cells: Floats) -> interpolate.RegularGridInterpolator:
    """Interpolate linearly; an axis with a single step is constant."""
    ends: list[Floats] = []
    for number, axis in enumerate(axes):
        if len(axis) == 1:
            cells = np.repeat(cells, 2, axis=number)
        ends.append(axis if len(axis) > 1 else np.array([axis[0] - 1.0, axis[0] + 1.0]))
    return interpolate.RegularGridInterpolator(ends, cells, bounds_error=False, fill_value=None)

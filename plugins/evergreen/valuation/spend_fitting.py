"""Fitting the Gamma-Gamma model to mean values of repeat occasions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from evergreen.valuation.arrays import Floats, in_threads, pieces
from evergreen.valuation.errors import NotIdentifiedError
from evergreen.valuation.gamma_gamma import GammaGamma, Spending
from evergreen.valuation.maximum import Maximum, Objective, maximize
from evergreen.valuation.parameters import WIDE, ParameterFit, covariance

FEWEST_CUSTOMERS = 10
PILOT_ROWS = 20_000
PARAMETERS = GammaGamma.parameter_names
_MOST_ABOVE = 2.0  # the model's mean may be so many times the observed one
_LEAST_VARIATION = 1e-6
_ALIKE = 1e4  # shape of levels that hardly differ


@dataclass(frozen=True)
class SpendFit:
    """A fitted spend model. `note` says, in one line, what to remember; it is empty if all is well."""

    model: GammaGamma
    log_likelihood: float
    customers: int
    parameters: ParameterFit
    is_fallback: bool = False
    note: str = ""


def fit_spend(orders: ArrayLike, mean_value: ArrayLike) -> SpendFit:
    """Fit to customers' mean values (n,) over so many positive repeat occasions (n,).

    Rows without such an occasion are left out. Raises NotIdentifiedError if fewer than ten customers, or
    only equal values, remain. Where the tail is so heavy that the model's mean does not exist (q ≤ 1) or is
    more than twice the observed one, the mean is held at the observed one, and the note says so.
    """
    spending = Spending.of(orders, mean_value)
    _require_information(spending)
    average = spending.average
    starts = [
        GammaGamma(p, q, average * (q - 1.0) / p).logarithms for p, q in ((1.0, 2.0), (5.0, 4.0), (0.5, 1.5))
    ]
    end = _search(_objective, spending, starts, np.log([1.0, 1.0, average]))
    model = GammaGamma(*(float(value) for value in np.exp(end.point)))
    if model.mean <= _MOST_ABOVE * average:
        parameters = ParameterFit(PARAMETERS, end.point, covariance(-end.hessian * len(spending)))
        return _result(spending, model, parameters)
    return _fit_around_average(spending)


def _fit_around_average(spending: Spending) -> SpendFit:
    average = spending.average
    starts = [np.log([p, excess]) for p, excess in ((1.0, 1.0), (5.0, 1.0), (0.5, 0.3))]
    end = _search(partial(_objective_around, average), spending, starts, np.zeros(2))
    parameters = ParameterFit(("p", "q - 1"), end.point, covariance(-end.hessian * len(spending)))
    note = (
        f"gamma_gamma: single values are so large that the model's mean does not exist or is out of reach; "
        f"it is held at the observed mean, {average:.4g}."
    )
    return _result(spending, _around(average, end.point), parameters, note)


def fit_spend_or_fallback(orders: ArrayLike, mean_value: ArrayLike) -> SpendFit:
    """Fit, or take all customers to spend alike, and say so; raises if no positive value is known at all."""
    try:
        return fit_spend(orders, mean_value)
    except NotIdentifiedError as problem:
        spending = Spending.of(orders, mean_value)
        if not len(spending):
            raise
        average = spending.average
        spread = np.average((spending.mean_value / average - 1.0) ** 2, weights=spending.orders)
        shape = float(np.clip(1.0 / max(spread, 1e-9), 0.1, _ALIKE))
        model = GammaGamma(shape, _ALIKE, average * (_ALIKE - 1.0) / shape)
        parameters = ParameterFit.unknown(PARAMETERS, model.logarithms)
        note = f"{problem} All customers are taken to spend {average:.4g} an occasion."
        return _result(spending, model, parameters, note, is_fallback=True)


def _require_information(spending: Spending) -> None:
    wanting = ""
    if len(spending) < FEWEST_CUSTOMERS:
        wanting = (
            f"{len(spending)} customers have a repeat order of positive value, {FEWEST_CUSTOMERS} are needed"
        )
    elif np.ptp(spending.mean_value) <= _LEAST_VARIATION * spending.average:
        wanting = f"all {len(spending)} customers with repeat orders spend the same"
    if wanting:
        raise NotIdentifiedError(f"gamma_gamma cannot be fitted: {wanting}.")


def _objective(spending: Spending) -> Objective:
    parts = [spending[rows] for rows in pieces(len(spending))]  # kept: each remembers its distinct orders

    def mean(logarithms: Floats) -> tuple[float, Floats]:
        model = GammaGamma(*np.exp(logarithms))

        def of_part(part: Spending) -> Floats:
            return np.concatenate([[model.log_likelihood(part).sum()], model.gradient(part).sum(axis=1)])

        total = np.sum(in_threads(of_part, parts), axis=0) / len(spending)
        return float(total[0]), total[1:]

    return mean


def _objective_around(average: float, spending: Spending) -> Objective:
    """The same with p and q − 1 as parameters, and the model's mean held: γ = average (q − 1) / p."""
    free = _objective(spending)

    def mean(logarithms: Floats) -> tuple[float, Floats]:
        value, (by_p, by_q, by_gamma) = free(_around(average, logarithms).logarithms)
        excess = float(np.exp(logarithms[1]))
        return value, np.array([by_p - by_gamma, by_q * excess / (1.0 + excess) + by_gamma])

    return mean


def _around(average: float, logarithms: Floats) -> GammaGamma:
    p, excess = (float(value) for value in np.exp(logarithms))
    return GammaGamma(p, 1.0 + excess, average * excess / p)


def _search(
    objective_of: Callable[[Spending], Objective],
    spending: Spending,
    starts: Sequence[Floats],
    centre: Floats,
) -> Maximum:
    sample = spending.thinned(PILOT_ROWS)
    pilot = None if sample is spending else objective_of(sample)
    return maximize(objective_of(spending), starts, centre - WIDE, centre + WIDE, pilot)


def _result(
    spending: Spending, model: GammaGamma, parameters: ParameterFit, note: str = "", is_fallback: bool = False
) -> SpendFit:
    value = float(model.log_likelihood(spending).sum())
    return SpendFit(
        model, value, len(spending), parameters, is_fallback, note or parameters.remark(model.name)
    )

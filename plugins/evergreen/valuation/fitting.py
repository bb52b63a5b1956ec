"""Fitting a purchase model to histories by maximum likelihood, or saying why it cannot be done."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.valuation.arrays import Floats, in_threads, pieces
from evergreen.valuation.errors import NotIdentifiedError
from evergreen.valuation.history import History
from evergreen.valuation.maximum import Maximum, Objective, maximize
from evergreen.valuation.nbd import NBD
from evergreen.valuation.parameters import WIDE, ParameterFit, covariance
from evergreen.valuation.purchase_model import PurchaseModel

FEWEST_REPEATERS = 10
PILOT_ROWS = 20_000
_NEARLY_ALL = 0.99  # alive: as good as no dropout
_NO_DROPOUT = "no sign that customers ever leave; predictions of a lifetime assume that nobody does."
_INSTEAD = "Each customer's own rate is used instead, drawn toward the rate of all, without dropout."


@dataclass(frozen=True)
class Prior:
    """Where the logarithms of the parameters (k,) are expected, and how surely: a precision matrix (k, k)."""

    centre: Floats
    precision: Floats


@dataclass(frozen=True)
class PurchaseFit:
    """A fitted purchase model. `note` says, in one line, what to remember; it is empty if all is well.

    `shows_dropout` is false where the data give no sign that customers ever leave (short or growing histories
    often do not): predictions of a lifetime then assume that nobody ever does.
    """

    model: PurchaseModel
    log_likelihood: float
    customers: int
    parameters: ParameterFit
    shows_dropout: bool = True
    is_fallback: bool = False
    note: str = ""


def fit(kind: type[PurchaseModel], history: History, *, prior: Prior | None = None) -> PurchaseFit:
    """Fit a model to histories (n,), distinct or not; the result does not depend on their order.

    Raises NotIdentifiedError if the histories cannot tell the parameters. With a prior (see segments.py) the
    mode of the posterior is found instead, and no history is too short.
    """
    distinct, _ = history.distinct()
    if prior is None:
        _require_information(kind, distinct)
        starts, low, high = _starts_and_bounds(kind, distinct)
    else:
        starts, low, high = [prior.centre], prior.centre - WIDE, prior.centre + WIDE
    objective, pilot = _objective(kind, distinct), None
    sample = distinct.thinned(PILOT_ROWS)
    if sample is not distinct:
        pilot = _objective(kind, sample)
    if prior is not None:
        objective = _drawn(objective, prior, distinct.customers)
        pilot = pilot and _drawn(pilot, prior, distinct.customers)
    return _result(kind, distinct, maximize(objective, starts, low, high, pilot))


def fit_or_fallback(kind: type[PurchaseModel], history: History) -> PurchaseFit:
    """Fit a model, or fall back on each customer's own rate, drawn toward the pooled one, and say so."""
    try:
        return fit(kind, history)
    except NotIdentifiedError as problem:
        model = NBD.pooled(history)
        return PurchaseFit(
            model=model,
            log_likelihood=float(model.log_likelihood(history) @ history.count),
            customers=round(history.customers),
            parameters=ParameterFit.unknown(NBD.parameter_names(), model.logarithms),
            shows_dropout=False,
            is_fallback=True,
            note=f"{problem} {_INSTEAD}",
        )


def _require_information(kind: type[PurchaseModel], history: History) -> None:
    needed = len(kind.parameter_names())
    wanting = ""
    if history.repeaters < FEWEST_REPEATERS:
        wanting = (
            f"{history.repeaters:.0f} of {history.customers:.0f} customers bought again, "
            f"{FEWEST_REPEATERS} are needed"
        )
    elif not history.age.any():
        wanting = "no time has passed since the customers' first orders"
    elif len(history) <= needed:
        wanting = (
            f"the {history.customers:.0f} customers have {len(history)} different histories, "
            f"more than {needed} are needed"
        )
    if wanting:
        raise NotIdentifiedError(f"{kind.name} cannot be fitted: {wanting}.")


def _starts_and_bounds(kind: type[PurchaseModel], history: History) -> tuple[list[Floats], Floats, Floats]:
    """Return starting points, and how far a parameter may go: a factor of 10⁵ from the data's own scale."""
    rate = float(history.frequency @ history.count) / float(history.age @ history.count)
    age = history.mean_age
    is_time = np.array([name in kind.time_parameters for name in kind.parameter_names()])
    low = np.where(is_time, np.log(min(age, 1.0 / rate)), 0.0) - WIDE
    high = np.where(is_time, np.log(max(age, 1.0 / rate)), 0.0) + WIDE
    return [start.logarithms for start in kind.starts(rate, age)], low, high


def _objective(kind: type[PurchaseModel], history: History) -> Objective:
    parts = [history[rows] for rows in pieces(len(history))]  # kept: each remembers its distinct frequencies
    customers = history.customers

    def mean(logarithms: Floats) -> tuple[float, Floats]:
        model = kind.from_logarithms(logarithms)

        def of_part(part: History) -> Floats:
            value, derivatives = model.gradient(part)
            return np.concatenate([[value @ part.count], derivatives @ part.count])

        total = np.sum(in_threads(of_part, parts), axis=0) / customers
        return float(total[0]), total[1:]

    return mean


def _drawn(objective: Objective, prior: Prior, customers: float) -> Objective:
    def mean(logarithms: Floats) -> tuple[float, Floats]:
        value, gradient = objective(logarithms)
        away = logarithms - prior.centre
        pull = prior.precision @ away / customers
        return value - float(away @ pull) / 2.0, gradient - pull

    return mean


def _result(kind: type[PurchaseModel], history: History, maximum: Maximum) -> PurchaseFit:
    model = kind.from_logarithms(maximum.point)
    parameters = ParameterFit(
        kind.parameter_names(), maximum.point, covariance(-maximum.hessian * history.customers)
    )
    alive = float(np.average(model.alive(history), weights=history.count))
    shows_dropout = alive < _NEARLY_ALL
    return PurchaseFit(
        model=model,
        log_likelihood=float(model.log_likelihood(history) @ history.count),
        customers=round(history.customers),
        parameters=parameters,
        shows_dropout=shows_dropout,
        note=parameters.remark(kind.name) if shows_dropout else f"{kind.name}: {_NO_DROPOUT}",
    )

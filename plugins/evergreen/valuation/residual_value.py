"""Discounted expected orders of the rest of a customer's life, up to a cap."""

from __future__ import annotations

import numpy as np

from evergreen.valuation.arrays import Floats, in_pieces
from evergreen.valuation.by_age import by_age
from evergreen.valuation.history import History
from evergreen.valuation.numerics import gauss_legendre
from evergreen.valuation.purchase_model import PurchaseModel

_NODES = 24
_FINEST = 1e-3  # share of the horizon below which moments are not told apart by their discount


def discounted_orders(model: PurchaseModel, history: History, horizon: float, discount_rate: float) -> Floats:
    """Return the expected occasions (n,) in the horizon, each weighted by exp(−discount_rate · its moment).

    The rate is continuous (ln 1.10 a year), per time unit of the history. Without cap and for Pareto/NBD this
    is the DERT of Fader, Hardie & Lee (2005), "RFM and CLV", Journal of Marketing Research 42, eq. 5.
    """
    distinct, place = history.distinct_ages()

    def if_alive(frequency: Floats, age: Floats) -> Floats:
        return discounted_orders_if_alive(model, frequency, age, horizon, discount_rate)

    rows = by_age(if_alive, distinct.frequency, distinct.age, model.time_scale)
    return model.alive(history) * rows[place]


def discounted_orders_if_alive(
    model: PurchaseModel, frequency: Floats, age: Floats, horizon: float, discount_rate: float
) -> Floats:
    """Return the same (n,) of customers known to be alive.

    With G(u) the expected orders until u, ∫ e^−δu dG(u) = e^−δH G(H) + δ ∫ e^−δu G(u) du: G is smooth and
    known for every model. Gauss–Legendre in log time.
    """

    def expected(until: float) -> Floats:
        return in_pieces(model.orders_if_alive, frequency, age, until)

    total: Floats = np.exp(-discount_rate * horizon) * expected(horizon)
    if discount_rate == 0.0:
        return total
    length = np.log1p(1.0 / _FINEST)
    for point, weight in zip(*gauss_legendre(_NODES), strict=True):
        until = horizon * _FINEST * np.expm1(point * length)
        step = weight * length * (until + horizon * _FINEST)
        total = total + discount_rate * step * np.exp(-discount_rate * until) * expected(until)
    return total

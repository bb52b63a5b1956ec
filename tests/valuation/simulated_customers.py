"""Customers drawn from each model by playing out its story, without any of the formulas under test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evergreen.valuation.beta_geometric import BetaGeometric
from evergreen.valuation.gamma_gamma import GammaGamma
from evergreen.valuation.history import History
from evergreen.valuation.pareto_nbd import ParetoNBD
from evergreen.valuation.purchase_model import PurchaseModel

Floats = NDArray[np.float64]
_MANY = 10**9


@dataclass(frozen=True)
class Play:
    """Histories (n rows), whether each customer is alive at that age, and the orders of the horizon after."""

    history: History
    is_alive: NDArray[np.bool_]
    coming: Floats


def play(model: PurchaseModel, age: Floats, horizon: float, rng: np.random.Generator) -> Play:
    """Simulate customers of these ages (n,) up to now and through the horizon."""
    if isinstance(model, ParetoNBD):
        return _play_until_death(model, age, horizon, rng)
    assert isinstance(model, BetaGeometric)
    return _play_until_stop(model, age, horizon, rng)


def _play_until_death(model: ParetoNBD, age: Floats, horizon: float, rng: np.random.Generator) -> Play:
    rate = rng.gamma(model.r, 1.0 / model.alpha, len(age))
    life = rng.exponential(1.0, len(age)) / rng.gamma(model.s, 1.0 / model.beta, len(age))
    watched = np.minimum(life, age)
    orders = rng.poisson(rate * watched).astype(np.float64)
    rest = np.clip(life - age, 0.0, horizon)
    return Play(
        History.of(orders, _last_of(orders, watched, rng), age),
        life > age,
        rng.poisson(rate * rest).astype(np.float64),
    )


def _play_until_stop(model: BetaGeometric, age: Floats, horizon: float, rng: np.random.Generator) -> Play:
    rate = np.maximum(rng.gamma(model.r, 1.0 / model.alpha, len(age)), 1e-300)
    chance = np.maximum(rng.beta(model.a, model.b, len(age)), 1e-12)
    last = np.minimum(rng.geometric(chance), _MANY)  # the purchase after which the customer stops
    if model.may_stop_at_first:
        last = last - 1
    end = np.where(last > 0, rng.gamma(np.maximum(last, 1)), 0.0) / rate
    is_dead = end <= age
    open_orders = np.maximum(last - 1, 0)
    before = rng.binomial(open_orders, np.where(is_dead, 0.0, age / np.maximum(end, age + 1e-300)))
    orders = np.where(is_dead, last, before).astype(np.float64)
    recency = np.where(is_dead, end, _last_of(orders, age, rng))
    ends_soon = end <= age + horizon
    share = np.where(is_dead | ends_soon, 0.0, horizon / np.maximum(end - age, horizon))
    within = rng.binomial(np.maximum(open_orders - before, 0), share)
    coming = np.where(is_dead, 0, np.where(ends_soon, last - orders, within))
    return Play(History.of(orders, recency, age), ~is_dead, coming.astype(np.float64))


def _last_of(orders: Floats, time: Floats, rng: np.random.Generator) -> Floats:
    """Return the latest of so many moments spread evenly over the time; 0 of none."""
    latest = time * rng.random(len(time)) ** (1.0 / np.maximum(orders, 1.0))
    return np.where(orders > 0, latest, 0.0)


def wait_for(coming: Floats, horizon: float, rng: np.random.Generator) -> Floats:
    """Return the first of so many moments (n,) spread evenly over the horizon; infinite without any."""
    first = horizon * (1.0 - rng.random(len(coming)) ** (1.0 / np.maximum(coming, 1.0)))
    return np.where(coming > 0, first, np.inf)


def spending_of(spend: GammaGamma, orders: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Draw mean values (n,) over so many orders (n,); NaN without any."""
    some = np.maximum(orders, 1)
    level = rng.gamma(spend.q, 1.0 / spend.gamma, len(orders))
    return np.where(orders > 0, rng.gamma(spend.p * some) / level / some, np.nan)

"""The table behind the value intervals, against plain simulation of single customers' posteriors."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from evergreen.valuation.beta_geometric import BetaGeometric
from evergreen.valuation.customers import Customers
from evergreen.valuation.gamma_gamma import GammaGamma
from evergreen.valuation.history import History
from evergreen.valuation.pareto_nbd import ParetoNBD
from evergreen.valuation.purchase_model import PurchaseModel
from evergreen.valuation.value_interval import value_interval
from valuation.examples import HEAVY, PLAIN, SPEND, WITH_DROPOUT

HORIZON = 52.0
DRAWS = 100_000
HISTORY = History.of(
    frequency=[0, 0, 1, 3, 10, 70, 300, 20],
    recency=[0, 0, 10, 30, 38, 38, 150, 2],
    age=[5, 39, 39, 39, 39, 39, 156, 5],
)
VALUED = np.array([0, 0, 1, 2, 10, 50, 300, 12])
MEANS = np.array([np.nan, np.nan, 12.0, 30.0, 45.0, 5.0, 30.0, 80.0])


@pytest.mark.parametrize("model", WITH_DROPOUT, ids=str)
def test_bounds_are_the_quantiles_of_simulated_posteriors(model: PurchaseModel) -> None:
    low, high = value_interval(model, SPEND, Customers.of(range(8), HISTORY, VALUED, MEANS), HORIZON, 0.8)
    rng = np.random.default_rng(31)
    for row in range(8):
        total = _totals(model, SPEND, row, rng)
        assert (total <= high[row]).mean() >= 0.892
        assert (total < high[row]).mean() <= 0.908 or high[row] == 0.0
        assert (total < low[row]).mean() <= 0.108
        assert (total <= low[row]).mean() >= 0.092


def _totals(model: PurchaseModel, spend: GammaGamma, row: int, rng: np.random.Generator) -> np.ndarray:
    history = HISTORY[np.array([row])]
    frequency, age = history.frequency[0], history.age[0]
    assert isinstance(model, ParetoNBD | BetaGeometric)
    rate = rng.gamma(model.r + frequency, 1.0 / (model.alpha + age), DRAWS)
    if isinstance(model, ParetoNBD):
        life = rng.exponential(1.0, DRAWS) / rng.gamma(model.s, 1.0 / (model.beta + age), DRAWS)
        orders = rng.poisson(rate * np.minimum(life, HORIZON))
    else:
        survived = frequency + (1 if model.may_stop_at_first else 0)
        chance = np.maximum(rng.beta(model.a, model.b + survived, DRAWS), 1e-9)
        orders = np.minimum(rng.poisson(rate * HORIZON), rng.geometric(chance))
    orders = np.where(rng.random(DRAWS) < model.probability_alive(history), orders, 0)
    shape, scale = spend.posterior(VALUED[row], MEANS[row])
    level = rng.gamma(shape, 1.0 / scale, DRAWS)
    return np.where(orders > 0, rng.gamma(spend.p * np.maximum(orders, 1)) / level, 0.0)


@pytest.mark.parametrize("model", [*WITH_DROPOUT, PLAIN], ids=str)
def test_heavy_buyers_have_bounds_around_their_expectation(model: PurchaseModel) -> None:
    customers = Customers.of(range(3), HEAVY, HEAVY.frequency, [20.0, 20.0, 20.0])
    low, high = value_interval(model, SPEND, customers, 365.0)
    expected = model.expected_orders(HEAVY, 365.0) * 20.0
    assert np.isfinite(high).all()
    assert low[0] < expected[0] < high[0] < 2.0 * expected[0]
    if model is not PLAIN:
        assert high[2] == 0.0  # surely gone


def test_one_customer_and_one_age_are_enough() -> None:
    customers = Customers.of([1], History.of(0, 0, 10), [0], [np.nan])
    low, high = value_interval(WITH_DROPOUT[0], SPEND, customers, HORIZON)
    assert low[0] == 0.0 < high[0]


def test_wider_levels_have_wider_bounds() -> None:
    customers = Customers.of(range(8), HISTORY, VALUED, MEANS)
    bounds = [value_interval(WITH_DROPOUT[0], SPEND, customers, HORIZON, level) for level in (0.5, 0.8, 0.95)]
    for (low, high), (lower, higher) in pairwise(bounds):
        assert (lower <= low).all()
        assert (higher >= high).all()

"""Discounted orders against the published closed form and plain quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special

from evergreen.valuation.by_age import by_age
from evergreen.valuation.history import History
from evergreen.valuation.pareto_nbd import ParetoNBD
from evergreen.valuation.purchase_model import PurchaseModel
from evergreen.valuation.residual_value import discounted_orders, discounted_orders_if_alive
from valuation.examples import ALL, BG, ORDINARY, PARETO, WITH_DROPOUT

WEEKLY = float(np.log(1.10)) * 7.0 / 365.25
CAP = 30.0 * 365.25 / 7.0


@pytest.mark.parametrize("model", [PARETO, ParetoNBD(0.55, 10.58, 3.6, 11.67)], ids=str)
def test_without_a_cap_it_is_the_published_residual(model: ParetoNBD) -> None:
    """DERT of Fader, Hardie & Lee (2005), with the confluent hypergeometric function of the second kind."""
    history, fast = History.of([0, 2, 20], [0, 30.43, 38], [38.86] * 3), 20.0 * WEEKLY
    later = model.beta + history.age
    published = (
        model.probability_alive(history)
        * (model.r + history.frequency)
        / (model.alpha + history.age)
        * later**model.s
        * fast ** (model.s - 1.0)
        * special.hyperu(model.s, model.s, fast * later)
    )
    assert_allclose(discounted_orders(model, history, CAP, fast), published, rtol=1e-6)


@pytest.mark.parametrize("model", ALL, ids=str)
def test_it_is_the_sum_of_many_short_discounted_horizons(model: PurchaseModel) -> None:
    frequency, age = np.array([0.0, 4.0, 60.0]), np.array([1.0, 60.0, 200.0])
    edges = np.concatenate([[0.0], np.geomspace(1e-3, CAP, 4000)])
    rows = np.repeat(np.arange(3), len(edges))
    reached = model.orders_if_alive(frequency[rows], age[rows], np.tile(edges, 3)).reshape(3, -1)
    middle = (edges[1:] + edges[:-1]) / 2.0
    plainly = np.diff(reached, axis=1) @ np.exp(-WEEKLY * middle)
    assert_allclose(discounted_orders_if_alive(model, frequency, age, CAP, WEEKLY), plainly, rtol=2e-6)


@pytest.mark.parametrize("model", WITH_DROPOUT, ids=str)
def test_discounting_and_capping_only_take_away(model: PurchaseModel) -> None:
    plain = model.expected_orders(ORDINARY, CAP)
    discounted = discounted_orders(model, ORDINARY, CAP, WEEKLY)
    shorter = discounted_orders(model, ORDINARY, CAP / 10.0, WEEKLY)
    assert_allclose(discounted_orders(model, ORDINARY, CAP, 0.0), plain, rtol=1e-12)
    assert (discounted <= plain).all()
    assert (shorter <= discounted * (1.0 + 1e-7)).all()


def test_interpolation_over_ages_is_exact_enough() -> None:
    rng = np.random.default_rng(3)
    age = np.sort(rng.uniform(0.0, 1565.0, (4, 300)), axis=1)
    frequency = np.repeat([0.0, 1.0, 30.0, 900.0], 300)

    def residual(frequency: np.ndarray, age: np.ndarray) -> np.ndarray:
        return discounted_orders_if_alive(BG, frequency, age, CAP, WEEKLY)

    exact = residual(frequency, age.ravel())
    assert_allclose(by_age(residual, frequency, age.ravel(), BG.time_scale), exact, rtol=1e-7)


def test_a_few_ages_are_not_interpolated() -> None:
    frequency, age = np.array([0.0, 0.0, 5.0]), np.array([3.0, 4.0, 3.0])
    assert_allclose(by_age(lambda x, t: x + t, frequency, age, 1.0), [3.0, 4.0, 8.0], rtol=1e-15)

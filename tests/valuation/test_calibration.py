"""Intervals of customers hold what they say, on simulated customers whose next period is known."""

from __future__ import annotations

import numpy as np
import pytest

from evergreen.valuation.customers import Customers
from evergreen.valuation.fitting import fit
from evergreen.valuation.purchase_model import PurchaseModel
from evergreen.valuation.spend_fitting import fit_spend
from evergreen.valuation.value_interval import value_interval
from valuation.examples import SPEND, WITH_DROPOUT
from valuation.simulated_customers import Play, play, spending_of

HORIZON = 52.0
LEVELS = (0.80, 0.90, 0.95)


def played(model: PurchaseModel, seed: int, customers: int = 8000) -> Play:
    rng = np.random.default_rng(seed)
    age = np.round(rng.uniform(26.0, 104.0, customers) * 7.0) / 7.0
    return play(model, age, HORIZON, rng)


@pytest.mark.parametrize("model", WITH_DROPOUT, ids=str)
def test_randomised_probabilities_of_coming_orders_are_uniform(model: PurchaseModel) -> None:
    """PIT of the fitted model: central intervals hold at nominal ± 3 points (issue 6), here at ± 1.5."""
    base = played(model, 21)
    fitted = fit(type(model), base.history).model
    below = 1.0 - fitted.probability_at_least(base.history, base.coming, HORIZON)
    mass = np.exp(fitted.log_probability(base.history, base.coming, HORIZON))
    transform = below + np.random.default_rng(22).random(len(below)) * mass
    for level in LEVELS:
        inside = (transform > (1.0 - level) / 2.0) & (transform < (1.0 + level) / 2.0)
        assert inside.mean() == pytest.approx(level, abs=0.015)
    assert np.histogram(transform, bins=10, range=(0.0, 1.0))[0] / len(below) == pytest.approx(0.1, abs=0.015)


@pytest.mark.parametrize("model", WITH_DROPOUT, ids=str)
def test_plain_intervals_of_orders_hold_at_least_what_they_say(model: PurchaseModel) -> None:
    base = played(model, 23, 2500)
    fitted = fit(type(model), base.history).model
    for level in LEVELS:
        low = fitted.order_quantile(base.history, (1.0 - level) / 2.0, HORIZON)
        high = fitted.order_quantile(base.history, (1.0 + level) / 2.0, HORIZON)
        inside = (base.coming >= low) & (base.coming <= high)
        assert level - 0.01 <= inside.mean()
        assert low.mean() < base.coming.mean() < high.mean() < 8.0 * base.coming.mean()


@pytest.mark.parametrize("model", WITH_DROPOUT, ids=str)
def test_intervals_of_value_hold_what_they_say(model: PurchaseModel) -> None:
    """Value to come, of customers whose level of spend shows in their past, all of it uncertain."""
    base, rng = played(model, 24), np.random.default_rng(25)
    past, coming = base.history.frequency.astype(int), base.coming.astype(int)
    level = rng.gamma(SPEND.q, 1.0 / SPEND.gamma, len(past))
    seen = np.where(past > 0, rng.gamma(SPEND.p * np.maximum(past, 1)) / level / np.maximum(past, 1), np.nan)
    total = np.where(coming > 0, rng.gamma(SPEND.p * np.maximum(coming, 1)) / level, 0.0)
    customers = Customers.of(np.arange(len(past)), base.history, past, seen)
    fitted, spend = fit(type(model), base.history).model, fit_spend(past, seen).model
    low, high = value_interval(fitted, spend, customers, HORIZON, 0.8)
    above, below = (total > high)[high > 0], (total < low)[low > 0]
    for outside in (above, below):  # where a bound is above 0, a tenth lies beyond it
        error = np.sqrt(0.1 * 0.9 / len(outside))
        assert outside.mean() == pytest.approx(0.1, abs=4.0 * error + 0.005)
    assert (total > 0)[high == 0].mean() <= 0.1
    assert ((total >= low) & (total <= high)).mean() >= 0.8


def test_spending_is_drawn_as_the_model_says() -> None:
    rng = np.random.default_rng(26)
    values = spending_of(SPEND, np.full(200_000, 2), rng)
    assert values.mean() == pytest.approx(SPEND.mean, rel=0.02)

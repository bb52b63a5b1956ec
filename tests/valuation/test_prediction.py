"""From a base of customers to what goes live, and what keeps it from doing so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from evergreen.valuation.base import Base, Holdout
from evergreen.valuation.customers import Customers
from evergreen.valuation.history import History
from evergreen.valuation.occasions import Occasions
from evergreen.valuation.prediction import NO_HOLDOUT, Prediction, predict
from evergreen.valuation.scoring import Terms
from valuation.examples import BG, MODIFIED, PARETO, SPEND
from valuation.simulated_customers import play, spending_of

TERMS = Terms.with_unit(7.0, churn_days=90.0)
CUSTOMERS = 1500


def base(model=PARETO, seed: int = 61) -> Base:
    rng = np.random.default_rng(seed)
    played = play(model, np.round(rng.uniform(26.0, 104.0, CUSTOMERS) * 7.0) / 7.0, 26.0, rng)
    orders = played.history.frequency.astype(int)
    customers = Customers.of(np.arange(CUSTOMERS), played.history, orders, spending_of(SPEND, orders, rng))
    wait = np.where(played.coming > 0, 13.0 * rng.random(CUSTOMERS), np.inf)
    nothing = np.zeros((CUSTOMERS, 1))
    return Base(customers, nothing, Holdout(customers, nothing, played.coming, wait, 26.0))


@pytest.fixture(scope="module")
def of_pareto() -> Base:
    return base()


@pytest.fixture(scope="module")
def found(of_pareto: Base) -> Prediction:
    return predict(of_pareto, TERMS)


def test_the_best_of_the_holdout_goes_live(found: Prediction) -> None:
    assert found.why_not == ""
    assert found.live is found.trials[0]
    assert found.fit and found.spend and found.scores and found.churn
    assert type(found.fit.model) is type(found.live.fit.model)
    assert found.calibrated_spend and found.calibrated_spend.customers == found.spend.customers
    for name, values in vars(found.scores).items():
        assert np.isfinite(values).all(), name


def test_bg_nbd_predicts_orders_and_does_not_warn() -> None:
    """Customers of a BG/NBD of whom many leave after the second order."""
    found = predict(base(replace(BG, r=1.0, alpha=4.0, a=2.0, b=1.0), seed=62), TERMS)
    assert found.live and found.live.fit.model.name == "bg_nbd"
    assert found.churn and found.churn.model != "bg_nbd"
    assert found.scores
    once = found.scores.probability_alive < 1.0
    assert once.all()


def test_nothing_goes_live_that_is_worse_than_own_rates(of_pareto: Base) -> None:
    """Everyone goes on exactly as before, as if nobody ever left."""
    assert of_pareto.holdout
    history = of_pareto.now.history
    going_on = np.round(history.frequency / history.age * 26.0)
    found = predict(replace(of_pareto, holdout=replace(of_pareto.holdout, orders=going_on)), TERMS)
    assert found.live is None and found.scores is None and found.churn is None
    assert len(found.trials) == 3
    assert found.trials[0].fit.model.name in found.why_not
    assert "each customer's own rate" in found.why_not


@pytest.mark.parametrize("has_row", [True, False])
def test_nothing_goes_live_that_was_not_judged(of_pareto: Base, has_row: bool) -> None:
    nobody = Customers.of([], History.of([], [], []), [], [])
    nothing = np.zeros(0)
    empty = Holdout(nobody, np.zeros((0, 1)), nothing, nothing, 26.0)
    found = predict(replace(of_pareto, holdout=empty if has_row else None), TERMS)
    assert found.why_not == NO_HOLDOUT
    assert (found.trials, found.live, found.scores) == ([], None, None)


def test_without_any_value_orders_are_predicted(of_pareto: Base) -> None:
    assert of_pareto.holdout
    nothing = np.zeros(CUSTOMERS)
    free = Customers.of(np.arange(CUSTOMERS), of_pareto.now.history, nothing, nothing)
    found = predict(Base(free, of_pareto.signals, replace(of_pareto.holdout, customers=free)), TERMS)
    assert found.spend is None and found.calibrated_spend is None and found.scores
    assert np.isnan(found.scores.predicted_value_12m).all()
    assert np.isnan(found.scores.predicted_value_12m_high).all()
    assert np.isfinite(found.scores.expected_orders_12m).all()


def test_signals_that_matter_reach_the_scores() -> None:
    plain = base(MODIFIED, seed=63)
    assert plain.holdout
    rng = np.random.default_rng(64)
    signals = (rng.random((CUSTOMERS, 1)) < 0.2).astype(float)
    wait = np.where(signals[:, 0] > 0, np.inf, plain.holdout.wait)
    told = Base(plain.now, signals, replace(plain.holdout, signals=signals, wait=wait))
    found = predict(told, TERMS)
    assert found.churn and found.churn.adjustment and found.scores
    shown = signals[:, 0] > 0
    assert found.scores.churn_probability[shown].mean() > 0.9
    assert found.scores.churn_probability[~shown].mean() < 0.9


EDGES = {
    "one customer": ([0] * 4, [0, 10, 20, 200]),
    "no repeat buyers": (range(40), range(40)),
    "everybody alike": (list(range(40)) * 3, [0] * 40 + [50] * 40 + [300] * 40),
    "everything on one day": ([0, 0, 1, 2], [0, 0, 0, 0]),
    "thirty years, ten thousand orders": (
        [*([0] * 10_000), *range(1, 40), *range(1, 40)],
        [*range(0, 10_950, 1)][:10_000] + [0] * 39 + list(range(100, 7900, 200)),
    ),
}


@pytest.mark.parametrize("edge", EDGES)
def test_edge_cases_end_in_numbers_or_in_a_reason(edge: str) -> None:
    customer, day = (np.array(list(column)) for column in EDGES[edge])
    occasions = Occasions.of(customer, day, np.where(customer % 7 == 1, -5.0, 10.0 + day % 3))
    end = int(day.max()) + 10
    cut = end - end // 3
    before = Customers.at(occasions, cut)
    orders = occasions.count_between(before.customer, cut, end)
    nothing = np.zeros((len(before.customer), 1))
    wait = np.where(orders > 0, 1.0, np.inf)
    now = Customers.at(occasions, end)
    holdout = Holdout(before, nothing, orders, wait, (end - cut) / 7.0)
    found = predict(Base(now, np.zeros((len(now.customer), 1)), holdout), TERMS)
    assert found.trials
    assert (found.scores is None) == bool(found.why_not)
    if found.scores:
        assert np.isfinite(found.scores.expected_orders_12m).all()
        assert found.fit and (
            found.fit.is_fallback or np.isfinite(found.scores.predicted_value_lifetime).all()
        )


def test_the_order_of_customers_does_not_matter(of_pareto: Base, found: Prediction) -> None:
    """To the last bit for the fits; scores are in the order of the rows."""
    rows = np.random.default_rng(65).permutation(CUSTOMERS)

    assert of_pareto.holdout
    held = of_pareto.holdout
    other = Holdout(held.customers[rows], held.signals, held.orders[rows], held.wait[rows], held.length)
    first, second = found, predict(Base(of_pareto.now[rows], of_pareto.signals, other), TERMS)
    assert first.fit and second.fit and first.spend and second.spend and first.scores and second.scores
    assert first.fit.model == second.fit.model
    assert first.spend.model == second.spend.model
    assert_array_equal(first.scores.expected_orders_12m[rows], second.scores.expected_orders_12m)

"""All predictions at once: they belong together, row by row, and edge cases pass through."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evergreen.valuation.customers import Customers
from evergreen.valuation.fitting import fit, fit_or_fallback
from evergreen.valuation.history import History
from evergreen.valuation.pareto_nbd import ParetoNBD
from evergreen.valuation.purchase_model import PurchaseModel
from evergreen.valuation.residual_value import discounted_orders
from evergreen.valuation.scoring import Terms, score
from evergreen.valuation.selection import MODELS
from evergreen.valuation.spend_fitting import fit_spend, fit_spend_or_fallback
from evergreen.valuation.value_interval import value_interval
from valuation.examples import PARETO, SPEND, WITH_DROPOUT
from valuation.simulated_customers import play, spending_of

TERMS = Terms.with_unit(7.0, churn_days=90.0)


def customers_of(model: PurchaseModel, number: int, seed: int) -> Customers:
    rng = np.random.default_rng(seed)
    history = play(model, np.round(rng.uniform(0, 104, number) * 7) / 7, 1.0, rng).history
    valued = rng.binomial(history.frequency.astype(int), 0.9)
    return Customers.of(np.arange(number), history, valued, spending_of(SPEND, valued, rng))


def test_terms_are_in_the_unit_of_the_histories() -> None:
    assert TERMS.year == pytest.approx(52.1786, abs=1e-4)
    assert TERMS.churn_horizon == pytest.approx(90 / 7)
    assert np.exp(TERMS.discount_rate * TERMS.year) == pytest.approx(1.10)


@pytest.mark.parametrize("model", WITH_DROPOUT, ids=str)
def test_predictions_belong_together(model: PurchaseModel) -> None:
    customers = customers_of(model, 1500, 71)
    purchases = fit(type(model), customers.history)
    spending = fit_spend(customers.valued_orders, customers.mean_value)
    fitted, spend = purchases.model, spending.model
    scores = score(purchases, spending, customers, TERMS)
    for name, values in vars(scores).items():
        assert values.shape == (1500,), name
        assert np.isfinite(values).all(), name
        assert (values >= 0.0).all(), name
    assert_allclose(scores.probability_alive, fitted.probability_alive(customers.history), rtol=1e-12)
    assert_allclose(
        scores.predicted_value_lifetime,
        discounted_orders(fitted, customers.history, 30.0 * TERMS.year, TERMS.discount_rate)
        * scores.expected_order_value,
        rtol=1e-6,
    )
    assert (scores.churn_probability >= 1.0 - scores.probability_alive - 1e-9).all()
    assert (scores.expected_orders_12m <= scores.expected_orders_lifetime).all()
    undiscounted = scores.expected_orders_12m * scores.expected_order_value
    assert (scores.predicted_value_12m <= undiscounted).all()
    assert (scores.predicted_value_12m >= undiscounted / 1.10).all()
    assert (scores.predicted_value_12m <= scores.predicted_value_lifetime * (1.0 + 1e-6)).all()
    bounds = value_interval(fitted, spend, customers, TERMS.year)
    discounting = scores.predicted_value_12m / undiscounted
    assert_allclose(scores.predicted_value_12m_low, discounting * bounds[0], rtol=1e-6)
    assert_allclose(scores.predicted_value_12m_high, discounting * bounds[1], rtol=1e-6)


def test_rows_do_not_influence_each_other_beyond_the_interval_table() -> None:
    customers = customers_of(PARETO, 1500, 72)
    purchases, spend = (
        fit(ParetoNBD, customers.history),
        fit_spend(customers.valued_orders, customers.mean_value),
    )
    whole = score(purchases, spend, customers, TERMS)
    rows = np.random.default_rng(73).permutation(1500)[:50]
    part = score(purchases, spend, customers[rows], TERMS)
    for name, values in vars(part).items():
        tolerance = 0.02 if name.endswith(("low", "high")) else 1e-6
        assert_allclose(values, getattr(whole, name)[rows], rtol=tolerance, atol=0.02, err_msg=name)


def test_nobody_gets_no_predictions() -> None:
    nobody = Customers.of([], History.of([], [], []), [], [])
    scores = score(
        fit_or_fallback(ParetoNBD, nobody.history), fit_spend_or_fallback([1], [9.0]), nobody, TERMS
    )
    assert all(len(values) == 0 for values in vars(scores).values())


EDGES = {
    "one customer": (History.of(3, 10, 20), [3], [20.0]),
    "no repeat buyer": (
        History.of(np.zeros(20), np.zeros(20), np.arange(20)),
        np.zeros(20),
        np.full(20, np.nan),
    ),
    "everybody alike": (
        History.of(np.full(40, 2), np.full(40, 5), np.full(40, 9)),
        np.full(40, 2),
        np.full(40, 30.0),
    ),
    "all today": (History.of(np.zeros(12), np.zeros(12), np.zeros(12)), np.zeros(12), np.full(12, np.nan)),
    "orders of one day only": (
        History.of(np.arange(20) % 4, np.zeros(20), np.arange(20)),
        np.arange(20) % 4,
        np.linspace(1.0, 9.0, 20),
    ),
    "no positive value": (
        History.of(np.arange(20) % 4, np.arange(20) % 4, np.arange(20) + 4),
        np.zeros(20),
        np.full(20, np.nan),
    ),
    "thirty years and ten thousand orders": (
        History.of(
            [*(np.arange(60) % 5), 10_000, 0],
            [*(np.arange(60) % 5 * 400.0), 10_950, 0],
            [*(np.arange(60) * 100.0 + 2000.0), 10_957, 10_957],
        ),
        [*(np.arange(60) % 5), 10_000, 0],
        np.linspace(0.01, 1e6, 62),
    ),
}


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("edge", EDGES)
def test_edge_cases_give_numbers_or_a_marked_fallback(kind: type[PurchaseModel], edge: str) -> None:
    history, valued, means = EDGES[edge]
    customers = Customers.of(np.arange(len(history)), history, valued, means)
    purchases = fit_or_fallback(kind, history)
    spending = (customers.valued_orders, customers.mean_value)
    if not customers.valued_orders.any():
        spending = ([2, 1], [10.0, 12.0])
    spend = fit_spend_or_fallback(*spending)
    scores = score(purchases, spend, customers, Terms.with_unit(1.0, churn_days=90.0))
    unknown = {"probability_alive", "expected_orders_lifetime", "predicted_value_lifetime"}
    for name, values in vars(scores).items():
        if purchases.is_fallback and name in unknown:
            assert np.isnan(values).all(), name
        else:
            assert np.isfinite(values).all(), name
            assert (values >= 0.0).all(), name
    assert purchases.is_fallback or edge in {
        "thirty years and ten thousand orders",
        "no positive value",
        "orders of one day only",
    }
    assert not purchases.is_fallback or "cannot be fitted" in purchases.note

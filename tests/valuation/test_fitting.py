"""Fits: the truth comes back, the order of rows does not matter, and what cannot be known is said."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evergreen.errors import EvergreenError
from evergreen.valuation import fitting, spend_fitting
from evergreen.valuation.bg_nbd import BGNBD
from evergreen.valuation.errors import NotIdentifiedError
from evergreen.valuation.fitting import fit, fit_or_fallback
from evergreen.valuation.history import History
from evergreen.valuation.nbd import NBD
from evergreen.valuation.pareto_nbd import ParetoNBD
from evergreen.valuation.purchase_model import PurchaseModel
from evergreen.valuation.selection import MODELS
from evergreen.valuation.spend_fitting import fit_spend, fit_spend_or_fallback
from valuation.examples import BG, MODIFIED, PARETO, PLAIN, SPEND, WITH_DROPOUT
from valuation.simulated_customers import play, spending_of

DRAWS = 5


def drawn(model: PurchaseModel, customers: int, seed: int) -> History:
    rng = np.random.default_rng(seed)
    age = np.round(rng.uniform(26.0, 104.0, customers) * 7.0) / 7.0
    return play(model, age, 1.0, rng).history


@pytest.mark.parametrize("model", WITH_DROPOUT, ids=str)
def test_intervals_of_simulated_bases_hold_the_truth(model: PurchaseModel) -> None:
    """The slow test counts over 100 draws; here five, at 99.9 %, so that a right model may not fail."""
    for draw in range(DRAWS):
        fitted = fit(type(model), drawn(model, 1500, draw))
        intervals = fitted.parameters.interval(0.999)
        for name, truth in asdict(model).items():
            low, high = intervals[name]
            assert low < truth < high, (draw, name)
            assert high / low < 60.0  # and say something


@pytest.mark.parametrize("kind", [*MODELS, NBD])
def test_the_fit_is_a_maximum(kind: type[PurchaseModel]) -> None:
    history = drawn(PARETO, 3000, 1)
    fitted = fit(kind, history)
    _, gradient = fitted.model.gradient(history)
    assert np.abs(gradient.sum(axis=1)).max() < 1e-3
    assert fitted.log_likelihood == pytest.approx(fitted.model.log_likelihood(history).sum(), rel=1e-12)
    assert (np.linalg.eigvalsh(fitted.parameters.covariance) > 0.0).all()
    assert fitted.shows_dropout == (kind is not NBD)


def test_the_right_model_explains_best() -> None:
    for model in WITH_DROPOUT:
        history = drawn(model, 10_000, 2)
        likelihoods = {kind: fit(kind, history).log_likelihood for kind in MODELS}
        assert max(likelihoods, key=lambda kind: likelihoods[kind]) is type(model)


def test_order_and_counting_of_rows_do_not_matter() -> None:
    history = drawn(BG, 2000, 3)
    counted, place = history.distinct()
    assert counted.customers == len(history)
    assert len(counted) < len(history)
    for name in ("frequency", "recency", "age"):
        assert_allclose(getattr(counted, name)[place], getattr(history, name), rtol=0)
    shuffled = history[np.random.default_rng(1).permutation(len(history))]
    first, second, third = (fit(BGNBD, rows) for rows in (history, shuffled, counted))
    assert first.model == second.model == third.model
    assert first.log_likelihood == pytest.approx(third.log_likelihood, rel=1e-13)


@pytest.mark.parametrize("model", WITH_DROPOUT, ids=str)
def test_large_bases_are_started_on_a_sample_and_end_at_the_same_point(model, monkeypatch) -> None:
    history = drawn(model, 12_000, 4)
    whole = fit(type(model), history)
    monkeypatch.setattr(fitting, "PILOT_ROWS", 1000)
    assert len(history.distinct()[0]) > 1000
    sampled = fit(type(model), history)
    assert sampled.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-6)
    assert_allclose(sampled.model.logarithms, whole.model.logarithms, atol=1e-4)
    assert_allclose(sampled.parameters.covariance, whole.parameters.covariance, rtol=1e-2, atol=1e-6)


def test_units_of_time_scale_only_the_times() -> None:
    weeks = drawn(PARETO, 2000, 5)
    days = History.of(weeks.frequency, weeks.recency * 7.0, weeks.age * 7.0)
    by_week, by_day = fit(ParetoNBD, weeks).model, fit(ParetoNBD, days).model
    assert_allclose([by_day.r, by_day.s], [by_week.r, by_week.s], rtol=1e-5)
    assert_allclose([by_day.alpha / 7.0, by_day.beta / 7.0], [by_week.alpha, by_week.beta], rtol=1e-5)


def test_equal_customers_leave_shapes_undetermined_and_this_is_said() -> None:
    """Poisson buyers of one rate and one death rate: shapes run away, their ratio to the scales stays."""
    rng = np.random.default_rng(14)
    age = rng.uniform(50.0, 100.0, 4000)
    life = rng.exponential(60.0, 4000)
    orders = rng.poisson(0.2 * np.minimum(life, age))
    recency = np.minimum(life, age) * rng.random(4000) ** (1.0 / np.maximum(orders, 1))
    fitted = fit(ParetoNBD, History.of(orders, np.where(orders > 0, recency, 0.0), age))
    assert fitted.shows_dropout
    assert {"r", "alpha"} & set(fitted.parameters.undetermined)
    assert "undetermined" in fitted.note
    assert isinstance(fitted.model, ParetoNBD)
    assert fitted.model.r / fitted.model.alpha == pytest.approx(0.2, rel=0.05)
    assert fitted.model.s / fitted.model.beta == pytest.approx(1 / 60.0, rel=0.15)


def test_a_base_without_dropout_leaves_dropout_undetermined_and_predicts_well() -> None:
    rng = np.random.default_rng(6)
    age = rng.uniform(50.0, 100.0, 3000)
    rate = rng.gamma(2.0, 0.1, 3000)
    orders = rng.poisson(rate * age)
    recency = np.where(orders > 0, age * rng.random(3000) ** (1.0 / np.maximum(orders, 1)), 0.0)
    history = History.of(orders, recency, age)
    for kind in MODELS:
        fitted = fit(kind, history)
        assert fitted.parameters.undetermined
        assert not fitted.shows_dropout
        assert "no sign that customers ever leave" in fitted.note
        coming = fitted.model.expected_orders(history, 20.0).sum()
        assert coming == pytest.approx((rate * 20.0).sum(), rel=0.03)
        assert fitted.log_likelihood >= fit(NBD, history).log_likelihood - 0.5


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (History.of(3, 10, 20), "0 of 1 customers|1 of 1 customers"),
        (History.of(np.zeros(500), np.zeros(500), np.arange(500)), "0 of 500 customers bought again"),
        (History.of(np.full(500, 2), np.full(500, 5), np.full(500, 9)), "1 different histories"),
        (History.of(np.full(50, 2), np.zeros(50), np.zeros(50)), "no time has passed"),
    ],
    ids=["one customer", "no repeat buyer", "all alike", "no time"],
)
def test_what_cannot_be_known_is_said_and_the_fallback_is_marked(kind, history, reason) -> None:
    with pytest.raises(NotIdentifiedError, match=reason) as problem:
        fit(kind, history)
    assert isinstance(problem.value, EvergreenError)
    assert "\n" not in str(problem.value)
    fallback = fit_or_fallback(kind, history)
    assert fallback.is_fallback
    assert str(problem.value) in fallback.note
    assert isinstance(fallback.model, NBD)
    assert np.isnan(fallback.model.probability_alive(history)).all()
    assert np.isfinite(fallback.model.expected_orders(history, 10.0)).all()
    assert all(np.isnan(bounds).all() for bounds in fallback.parameters.interval().values())


def test_the_fallback_draws_own_rates_toward_the_pooled_one() -> None:
    history = History.of([0, 9], [0, 50], [100, 100])
    slow, fast = NBD.pooled(history).expected_orders(history, 100.0)
    assert 0.0 < slow < 9.5 / 2 < fast < 9.0


def test_bad_histories_are_refused_by_row() -> None:
    bad = [
        (([1.5], [1], [2]), "no whole number"),
        (([1, 1], [1, 3], [2, 2]), "history 1 .*outside 0 … age"),
        (([0], [1], [2]), "without a repeat"),
        (([1], [np.nan], [2]), "missing"),
        (([1], [1, 1], [2]), "one row per history"),
        (([1], [1], [2], [0]), "count"),
    ]
    for arrays, reason in bad:
        with pytest.raises(EvergreenError, match=reason):
            History.of(*arrays)


def test_spend_comes_back_with_its_intervals() -> None:
    for draw in range(DRAWS):
        rng = np.random.default_rng([9, draw])
        orders = rng.poisson(3.0, 3000)
        fitted = fit_spend(orders, spending_of(SPEND, orders, rng))
        for name, (low, high) in fitted.parameters.interval(0.999).items():
            assert low < asdict(SPEND)[name] < high, (draw, name)
            assert high / low < 5.0
        assert fitted.customers == (orders > 0).sum()


def test_large_spending_bases_are_started_on_a_sample(monkeypatch) -> None:
    rng = np.random.default_rng(10)
    orders = rng.poisson(3.0, 6000)
    values = spending_of(SPEND, orders, rng)
    whole = fit_spend(orders, values)
    monkeypatch.setattr(spend_fitting, "PILOT_ROWS", 500)
    sampled = fit_spend(orders, values)
    assert_allclose(sampled.model.logarithms, whole.model.logarithms, atol=1e-5)


def test_zero_and_negative_spend_tell_nothing() -> None:
    rng = np.random.default_rng(11)
    orders = rng.poisson(3.0, 500) + 1
    values = spending_of(SPEND, orders, rng)
    more = fit_spend([*orders, 2, 3, 0, 1], [*values, 0.0, -5.0, np.nan, np.inf])
    assert more.model == fit_spend(orders, values).model


def test_values_without_a_mean_are_held_at_the_observed_one() -> None:
    rng = np.random.default_rng(12)
    orders = np.full(2000, 1)
    values = rng.pareto(0.8, 2000) + 1e-3
    fitted = fit_spend(orders, values)
    assert fitted.model.mean == pytest.approx(values.mean(), rel=1e-9)
    assert "held at the observed mean" in fitted.note
    expected = fitted.model.expected_value(orders, values)
    assert np.isfinite(expected).all()
    assert (expected > 0.0).all()


def test_spend_that_cannot_be_known_falls_back_to_one_mean() -> None:
    for orders, values, reason in (
        ([1, 2], [10.0, 40.0], "2 customers have a repeat order"),
        (np.full(50, 3), np.full(50, 25.0), "spend the same"),
    ):
        with pytest.raises(NotIdentifiedError, match=reason):
            fit_spend(orders, values)
        fallback = fit_spend_or_fallback(orders, values)
        average = np.average(values, weights=orders)
        assert fallback.is_fallback
        assert_allclose(fallback.model.expected_value(orders, values), average, rtol=0.02)
        assert_allclose(fallback.model.expected_value(0, np.nan), average, rtol=1e-9)
    with pytest.raises(NotIdentifiedError, match="0 customers"):
        fit_spend_or_fallback([0, 1], [5.0, -1.0])


def test_plain_and_modified_models_differ_only_in_the_first_purchase() -> None:
    """Where nobody can stop at the first purchase, or everybody survived it, the other is right."""
    assert (
        fit(type(MODIFIED), drawn(BG, 5000, 13)).log_likelihood
        < fit(BGNBD, drawn(BG, 5000, 13)).log_likelihood
    )
    assert (
        fit(type(PLAIN), drawn(BG, 5000, 13)).log_likelihood < fit(BGNBD, drawn(BG, 5000, 13)).log_likelihood
    )

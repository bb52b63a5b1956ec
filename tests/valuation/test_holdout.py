"""Judging models: bins, errors, references, calibration of churn, and the choice among models."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from evergreen.valuation.bg_nbd import BGNBD
from evergreen.valuation.churn import area_under_curve, brier_score, reliability
from evergreen.valuation.evaluation import evaluate, own_rate_orders
from evergreen.valuation.history import History
from evergreen.valuation.nbd import NBD
from evergreen.valuation.selection import MODELS, try_models
from valuation.examples import BG, PARETO, WITH_DROPOUT
from valuation.simulated_customers import play


def test_a_report_by_hand() -> None:
    """NBD with r = α = 1: a customer with x orders in T expects (1 + x) / (1 + T) a week."""
    history = History.of([0, 0, 9, 1], [0, 0, 8, 2], [9, 9, 9, 3], count=[1, 1, 1, 2])
    report = evaluate(NBD(1.0, 1.0), history, np.array([0.0, 2.0, 12.0, 1.0]), 10.0)
    predicted = np.array([1.0, 1.0, 10.0, 5.0])
    assert report.total_predicted == pytest.approx(22.0)
    assert report.total_actual == pytest.approx(16.0)
    assert report.mean_absolute_error == pytest.approx((1 + 1 + 2 + 2 * 4) / 5)
    assert report.mean_absolute_error_of_zero == pytest.approx(16 / 5)
    assert report.root_mean_square_error == pytest.approx(np.sqrt((1 + 1 + 4 + 2 * 16) / 5))
    rows, actual = np.array([0, 1, 2, 3, 3]), np.array([0.0, 2.0, 12.0, 1.0, 1.0])
    assert report.correlation == pytest.approx(np.corrcoef(predicted[rows], actual)[0, 1])
    assert_array_equal(report.bins.frequency, [0, 1, 7])
    assert_array_equal(report.bins.customers, [2, 2, 1])
    assert_allclose(report.bins.actual_mean, [1.0, 1.0, 12.0])
    assert_allclose(report.bins.predicted_mean, [1.0, 5.0, 10.0])
    own = np.array([0.0, 0.0, 10.0, 10.0 / 3.0, 10.0 / 3.0])
    assert report.root_mean_square_error_of_own_rate == pytest.approx(np.sqrt(np.mean((own - actual) ** 2)))
    assert report.beats_own_rate == (
        report.root_mean_square_error <= report.root_mean_square_error_of_own_rate
    )


def test_own_rates_of_customers_of_today_are_zero() -> None:
    assert_array_equal(own_rate_orders(History.of([0, 5], [0, 10], [0, 20]), 40.0), [0.0, 10.0])


def test_a_prediction_that_does_not_vary_has_no_correlation() -> None:
    history = History.of([1, 1], [3, 3], [9, 9])
    assert np.isnan(evaluate(BG, history, np.array([0.0, 1.0]), 5.0).correlation)


@pytest.mark.parametrize("truth", WITH_DROPOUT, ids=str)
def test_the_model_behind_the_data_is_chosen_or_nearly(truth) -> None:
    rng = np.random.default_rng(41)
    base = play(truth, np.round(rng.uniform(26, 104, 12_000)), 39.0, rng)
    trials = try_models(base.history, base.coming, 39.0)
    assert {type(trial.fit.model) for trial in trials} == set(MODELS)
    right = next(trial for trial in trials if isinstance(trial.fit.model, type(truth)))
    assert trials[0].holdout.log_likelihood - right.holdout.log_likelihood < 5.0
    assert right.holdout.total_predicted == pytest.approx(right.holdout.total_actual, rel=0.05)
    assert all(trial.holdout.beats_own_rate for trial in trials)


def test_models_that_say_the_same_are_one_and_the_first_stands_for_it() -> None:
    """Without dropout all three are the NBD; BG/NBD, of no use for churn warnings, comes last."""
    rng = np.random.default_rng(43)
    age = rng.uniform(50.0, 100.0, 1500)
    orders = rng.poisson(rng.gamma(2.0, 0.1, 1500) * age)
    recency = np.where(orders > 0, age * rng.random(1500) ** (1.0 / np.maximum(orders, 1)), 0.0)
    trials = try_models(History.of(orders, recency, age), np.zeros(1500), 10.0)
    assert [type(trial.fit.model) for trial in trials] == list(MODELS)


def test_without_repeat_buyers_the_fallback_stands_alone() -> None:
    history = History.of(np.zeros(30), np.zeros(30), np.arange(30))
    (trial,) = try_models(history, np.zeros(30), 10.0)
    assert trial.fit.is_fallback
    assert trial.holdout.total_actual == 0.0


def test_a_model_worse_than_own_rates_is_told() -> None:
    """A model that calls everyone gone, on customers who go on as before."""
    history = History.of([10, 20, 40], [90, 95, 99], [100, 100, 100])
    gone = BGNBD(1.0, 10.0, 1000.0, 0.01)
    assert not evaluate(gone, history, np.array([5.0, 10.0, 20.0]), 50.0).beats_own_rate


def test_reliability_by_hand() -> None:
    predicted = np.array([0.9, 0.1, 0.2, 0.8])
    happened = np.array([True, False, True, True])
    groups = reliability(predicted, happened, groups=2)
    assert_array_equal(groups.customers, [2, 2])
    assert_allclose(groups.predicted_rate, [0.15, 0.85])
    assert_allclose(groups.actual_rate, [0.5, 1.0])
    assert brier_score(predicted, happened) == pytest.approx((0.01 + 0.01 + 0.64 + 0.04) / 4)
    assert area_under_curve(predicted, happened) == 1.0
    assert area_under_curve(np.array([1.0, 1.0, 0.0]), np.array([1, 0, 0])) == 0.75
    assert np.isnan(area_under_curve(predicted, np.ones(4)))
    assert len(reliability(predicted, happened).customers) == 4  # never more groups than customers


def test_churn_probabilities_of_the_true_model_are_calibrated() -> None:
    rng = np.random.default_rng(42)
    base = play(PARETO, rng.uniform(26, 104, 40_000), 13.0, rng)
    churn = PARETO.probability_no_order(base.history, 13.0)
    left = base.coming == 0
    groups = reliability(churn, left)
    assert_allclose(groups.predicted_rate, groups.actual_rate, atol=0.025)
    assert area_under_curve(churn, left) > 0.85
    assert brier_score(churn, left) < left.mean() * (1.0 - left.mean())

"""Churn: what signals of dissatisfaction add, when they may, and what is reported of the holdout."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special

from evergreen.valuation.base import Holdout
from evergreen.valuation.churn_adjustment import Adjustment, adjusted_out_of_sample, can_tell, is_better
from evergreen.valuation.churn_report import ChurnReport, report_churn
from evergreen.valuation.customers import Customers
from evergreen.valuation.history import History
from valuation.examples import PARETO
from valuation.simulated_customers import play, wait_for


def some(seed: int, number: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    """Return churn probabilities (n,) and two rare signals (n, 2)."""
    rng = np.random.default_rng(seed)
    return rng.beta(2.0, 2.0, number), (rng.random((number, 2)) < 0.05).astype(float), rng


def test_an_adjustment_finds_what_the_signals_add() -> None:
    churn, signals, rng = some(51)
    truth = special.expit(0.3 + 0.8 * special.logit(churn) + signals @ [1.5, 0.0])
    found = Adjustment.fit(churn, signals, rng.random(len(churn)) < truth)
    assert_allclose([found.intercept, found.slope], [0.3, 0.8], atol=0.06)
    assert_allclose(found.effects, [1.5, 0.0], atol=0.2)
    assert_allclose(found.of(churn, signals), truth, atol=0.04)


def test_the_maximum_has_no_slope() -> None:
    """By differences of the penalised likelihood, in every direction."""
    churn, signals, rng = some(52, 400)
    happened = rng.random(400) < churn
    found = Adjustment.fit(churn, signals, happened)

    def penalised(point: np.ndarray) -> float:
        p = Adjustment(point[0], point[1], point[2:]).of(churn, signals)
        return float(np.log(np.where(happened, p, 1.0 - p)).sum() - point[2:] @ point[2:] / 2.0)

    best = np.array([found.intercept, found.slope, *found.effects])
    for direction in np.eye(4) * 1e-3:
        assert penalised(best) > max(penalised(best + direction), penalised(best - direction))


def test_a_signal_nobody_shows_says_nothing() -> None:
    churn, signals, rng = some(53, 500)
    signals[:, 1] = 0.0
    assert Adjustment.fit(churn, signals, rng.random(500) < churn).effects[1] == 0.0


def test_certainties_do_not_overflow() -> None:
    churn = np.array([0.0, 1.0] * 50)
    found = Adjustment.fit(churn, np.zeros((100, 1)), churn > 0.5)
    assert np.isfinite(found.of(churn, np.zeros((100, 1)))).all()


@pytest.mark.parametrize(("effect", "expected"), [(2.0, True), (0.0, False)])
def test_signals_enter_only_where_they_improve(effect: float, expected: bool) -> None:
    churn, signals, rng = some(54)
    happened = rng.random(len(churn)) < special.expit(special.logit(churn) + effect * signals[:, 0])
    adjusted = adjusted_out_of_sample(churn, signals, happened)
    assert is_better(adjusted, churn, happened) is expected


def test_nobody_is_judged_by_a_fit_to_himself() -> None:
    """Were he, an outlier's own outcome would show in his probability."""
    churn, signals, _ = some(55, 100)
    happened = np.zeros(100, dtype=bool)
    happened[50:] = True
    before = adjusted_out_of_sample(churn, signals, happened)
    happened[7] = True
    assert adjusted_out_of_sample(churn, signals, happened)[7] == pytest.approx(before[7], abs=1e-12)


def test_too_little_tells_nothing() -> None:
    shown = np.zeros((100, 1))
    shown[:29] = 1.0
    happened = np.arange(100) < 50
    assert not can_tell(shown, happened)
    shown[29] = 1.0
    assert can_tell(shown, happened)
    assert not can_tell(shown, np.ones(100, dtype=bool))
    assert not can_tell(np.zeros((100, 0)), happened)


def holdout(seed: int, effect: float = 0.0) -> Holdout:
    """Customers of a Pareto/NBD watched for 26 weeks; whoever shows the signal may stay away more often."""
    rng = np.random.default_rng(seed)
    base = play(PARETO, rng.uniform(26, 104, 12_000), 26.0, rng)
    signals = (rng.random((12_000, 1)) < 0.1).astype(float)
    stays_away = rng.random(12_000) < effect * signals[:, 0]
    orders = np.where(stays_away, 0.0, base.coming)
    nothing, wait = np.zeros(12_000), wait_for(orders, 26.0, rng)
    return Holdout(
        Customers.of(np.arange(12_000), base.history, nothing, nothing), signals, orders, wait, 26.0
    )


def reported(base: Holdout, horizon: float) -> ChurnReport:
    """Report on what the true model says."""
    churn = PARETO.probability_no_order(base.customers.history, base.within(horizon))
    return report_churn(PARETO.name, churn, base, horizon)


def test_what_is_foretold_comes() -> None:
    report = reported(holdout(56), 13.0)
    assert report.adjustment is None
    assert report.horizon == 13.0
    assert report.deciles.customers.sum() == 12_000
    assert_allclose(report.deciles.predicted_rate, report.deciles.actual_rate, atol=0.04)
    assert report.area > report.rule_area + 0.05
    assert report.brier < report.rule_brier
    assert (report.lead[~np.isnan(report.lead)] >= 0.0).all()
    assert np.nanmax(report.lead) <= 13.0


def test_a_signal_that_matters_is_heeded() -> None:
    base = holdout(57, effect=0.8)
    report = reported(base, 13.0)
    assert report.adjustment is not None
    assert report.adjustment.effects[0] > 0.8
    assert_allclose(report.deciles.predicted_rate, report.deciles.actual_rate, atol=0.05)
    silent = Holdout(base.customers, np.zeros((12_000, 1)), base.orders, base.wait, base.length)
    assert report.brier < reported(silent, 13.0).brier


def test_a_short_holdout_shortens_the_horizon() -> None:
    base = holdout(58)
    assert reported(base, 52.0).horizon == 26.0


def test_the_lead_is_what_is_left_of_the_rules_silence() -> None:
    """Ten customers, a decile each: silent for 4 of 13 weeks, or for 20, or back within a week."""
    history = History.of(np.full(10, 2), np.array([96.0] * 5 + [80.0] * 5), np.full(10, 100.0))
    nothing = np.zeros(10)
    wait = np.array([np.inf] * 4 + [1.0] + [np.inf] * 5)
    base = Holdout(
        Customers.of(np.arange(10), history, nothing, nothing), np.zeros((10, 1)), nothing, wait, 26.0
    )
    report = reported(base, 13.0)
    assert_array_equal(report.lead, [9.0, 9.0, 9.0, 9.0, np.nan, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert report.rule_area == pytest.approx((1.0 + 5.0 / 9.0) / 2.0)
    assert report.rule_brier == pytest.approx(0.4)

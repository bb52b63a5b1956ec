"""Segments go live where the holdout says that they differ, and cost nothing where they do not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from evergreen.valuation.arrays import Floats, Rows
from evergreen.valuation.base import Base, Holdout
from evergreen.valuation.customers import Customers
from evergreen.valuation.evaluation import exceeds_chance
from evergreen.valuation.fitting import fit
from evergreen.valuation.history import History
from evergreen.valuation.modified_bg_nbd import ModifiedBGNBD
from evergreen.valuation.prediction import Prediction, predict
from evergreen.valuation.purchase_model import PurchaseModel
from evergreen.valuation.scoring import Terms
from evergreen.valuation.segment_trial import SegmentTrial, try_segments
from evergreen.valuation.segments import UNKNOWN
from valuation.examples import MODIFIED
from valuation.simulated_customers import play, wait_for

CUSTOMERS = 1500
HORIZON = 26.0
# wholesalers order more often than anybody, and stay; the fair's buyers hardly come back
KINDS = [MODIFIED, ModifiedBGNBD(1.5, 5.0, 0.4, 4.0), ModifiedBGNBD(0.5, 9.0, 2.0, 1.0)]
NAMES = ("retail", "wholesale", "fair")
TERMS = Terms.with_unit(7.0, churn_days=90.0, segment_repeaters=200)


def base(kinds: list[PurchaseModel], seed: int) -> Base:
    """Return as many customers of each kind, numbered from 1 on; now is the end of the calibration."""
    rng = np.random.default_rng(seed)
    ages = np.round(rng.uniform(26.0, 104.0, (len(kinds), CUSTOMERS)) * 7.0) / 7.0
    plays = [play(kind, age, HORIZON, rng) for kind, age in zip(kinds, ages, strict=True)]
    history = History.of(
        *(
            np.concatenate([getattr(one.history, name) for one in plays])
            for name in ("frequency", "recency", "age")
        )
    )
    coming = np.concatenate([one.coming for one in plays])
    segment = np.repeat(np.arange(1, len(kinds) + 1), CUSTOMERS)
    nothing, wait = np.zeros(len(history)), wait_for(coming, HORIZON, rng)
    customers = Customers.of(np.arange(len(history)), history, nothing, nothing)
    signals = nothing[:, None]
    holdout = Holdout(customers, signals, coming, wait, HORIZON, segment)
    return Base(customers, signals, holdout, segment, NAMES)


@cache
def divided() -> Base:
    return base(KINDS, 31)


@cache
def predicted() -> tuple[Prediction, Prediction]:
    """Return what is predicted of customers who differ, by segment and by one fit for all."""
    return predict(divided(), TERMS), predict(divided(), replace(TERMS, segment_repeaters=None))


def tried(of: Base, **changed: object) -> SegmentTrial:
    assert of.holdout
    holdout = replace(of.holdout, **changed)
    trial = try_segments(fit(ModifiedBGNBD, holdout.customers.history), holdout, 200)
    assert trial
    return trial


def test_segments_that_differ_make_the_holdout_likelier() -> None:
    trial = tried(divided())
    assert trial.is_better
    gains = [report.log_likelihood - report.log_likelihood_of_all for report in trial.reports]
    assert min(gains) > 5.0
    assert sum(gains) > 25.0
    assert [report.number for report in trial.reports] == [1, 2, 3]
    for report in trial.reports:
        own, of_all = report.total_predicted, report.total_predicted_of_all
        assert abs(own - report.total_actual) < 0.4 * abs(of_all - report.total_actual) + 0.05 * own
        assert report.customers == CUSTOMERS
        rows = slice((report.number - 1) * CUSTOMERS, report.number * CUSTOMERS)
        assert report.repeaters == divided().now.history[rows].repeaters
    off = [abs(report.total_predicted_of_all / report.total_actual - 1.0) for report in trial.reports]
    assert max(off) > 0.15


@pytest.mark.parametrize("seed", [32, 33, 34])
def test_segments_that_do_not_differ_lose_nothing(seed: int) -> None:
    """In the draws in which chance lets them go live, too: what is lost is not worth speaking of."""
    alike = base([MODIFIED] * 3, seed)
    trial = tried(alike)
    gain = sum(report.log_likelihood - report.log_likelihood_of_all for report in trial.reports)
    assert abs(gain) < 8.0  # of some ten thousand; four parameters for each of three segments
    # of other customers of the same kind
    others = play(MODIFIED, alike.now.history.age, HORIZON, np.random.default_rng(seed + 100))

    def likelihood(model: PurchaseModel, rows: Rows) -> Floats:
        return model.log_probability(others.history[rows], others.coming[rows], HORIZON)

    assert alike.segment is not None
    own = trial.fits.each(alike.segment, likelihood)
    assert (own - likelihood(trial.fits.whole.model, slice(None))).mean() > -0.002


def test_customers_are_scored_by_their_segment() -> None:
    by_segment, by_all = predicted()
    assert by_segment.segments and by_segment.segments.is_better
    assert by_segment.fits and set(by_segment.fits.own) == {1, 2, 3}
    assert by_segment.scores and by_all.scores and by_all.fits and not by_all.fits.own
    held, segment = divided().now.history, divided().segment
    assert segment is not None
    for number, own in by_segment.fits.own.items():
        rows = np.flatnonzero(segment == number)
        year = own.model.expected_orders(held[rows], TERMS.year)
        assert_allclose(by_segment.scores.expected_orders_12m[rows], year, rtol=1e-9)
        leaving = own.model.probability_no_order(held[rows], TERMS.churn_horizon)
        assert_allclose(by_segment.scores.churn_probability[rows], leaving, rtol=1e-9)
    assert by_segment.churn and by_all.churn
    assert by_segment.churn.area > by_all.churn.area
    assert by_segment.churn.brier < by_all.churn.brier


def test_segments_that_do_not_differ_change_no_score() -> None:
    alike = base([MODIFIED] * 3, 32)
    by_segment, by_all = predict(alike, TERMS), predict(alike, replace(TERMS, segment_repeaters=None))
    assert by_segment.segments and not by_segment.segments.is_better
    assert by_segment.scores and by_all.scores
    for name, values in vars(by_segment.scores).items():
        assert_array_equal(values, getattr(by_all.scores, name), err_msg=name)


def test_without_known_segments_nothing_is_tried() -> None:
    some = divided()
    assert some.holdout
    whole = fit(ModifiedBGNBD, some.holdout.customers.history)
    unknown = np.full(len(KINDS) * CUSTOMERS, UNKNOWN)
    assert try_segments(whole, replace(some.holdout, segment=None), 200) is None
    assert try_segments(whole, replace(some.holdout, segment=unknown), 200) is None
    # one segment that holds everybody is everybody
    alone = tried(some, segment=unknown + 1)
    assert not alone.is_better
    assert alone.reports[0].log_likelihood == pytest.approx(alone.reports[0].log_likelihood_of_all, abs=0.01)


@pytest.mark.parametrize(("gain", "exceeds"), [(1e-14, False), (1e-3, True), (-1e-3, False)])
def test_what_all_gain_alike_is_a_gain_unless_it_is_rounding(gain: float, exceeds: bool) -> None:
    assert exceeds_chance(np.full(100, gain)) == exceeds

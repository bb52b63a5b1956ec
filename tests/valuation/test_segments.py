"""Segments: their own fit where they are large, that of the whole where they are tiny, else in between."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evergreen.valuation.bg_nbd import BGNBD
from evergreen.valuation.fitting import PurchaseFit, fit, fit_or_fallback
from evergreen.valuation.history import History
from evergreen.valuation.segments import fit_segments
from valuation.simulated_customers import play

SLOW, FAST = BGNBD(0.3, 8.0, 0.8, 2.4), BGNBD(0.6, 3.0, 0.5, 3.0)


def base(slow: int, fast: int) -> tuple[History, np.ndarray]:
    rng = np.random.default_rng(51)
    parts = [
        play(model, rng.uniform(26, 104, n), 1.0, rng).history for model, n in ((SLOW, slow), (FAST, fast))
    ]
    columns = [
        np.concatenate([getattr(part, name) for part in parts]) for name in ("frequency", "recency", "age")
    ]
    return History.of(*columns), np.repeat(["slow", "fast"], [slow, fast])


def distance(fitted: PurchaseFit, other: PurchaseFit) -> float:
    return float(np.abs(fitted.model.logarithms - other.model.logarithms).max())


def test_large_segments_get_their_own_fit() -> None:
    history, segment = base(8000, 8000)
    whole = fit(BGNBD, history)
    fits = fit_segments(whole, history, segment)
    for name, rows in (("slow", slice(0, 8000)), ("fast", slice(8000, 16_000))):
        alone = fit(BGNBD, history[rows])
        assert distance(fits[name], alone) < 0.1
        assert distance(fits[name], alone) < 0.2 * distance(whole, alone)
        assert fits[name].log_likelihood > whole.model.log_likelihood(history[rows]).sum()
        assert fits[name].customers == 8000


def test_small_segments_are_drawn_toward_the_whole() -> None:
    history, segment = base(8000, 150)
    whole = fit(BGNBD, history)
    alone = fit(BGNBD, history[8000:])
    loose, usual, tight = (
        fit_segments(whole, history, segment, whole_counts_as=weight)["fast"]
        for weight in (5.0, 500.0, 50_000.0)
    )
    assert distance(tight, whole) < distance(usual, whole) < distance(loose, whole)
    assert distance(tight, whole) < 0.02
    assert distance(loose, alone) < distance(usual, alone) < distance(whole, alone)
    rate = [one.model.expected_orders(history[8000:], 20.0).sum() for one in (whole, usual, alone)]
    assert rate[0] < rate[1] < rate[2]


def test_tiny_segments_and_fallbacks_take_the_whole() -> None:
    history, segment = base(2000, 30)
    whole = fit(BGNBD, history)
    tiny = fit_segments(whole, history, segment)["fast"]
    assert tiny.model == whole.model
    assert tiny.note == "30 customers: the fit of all is used."
    nobody = History.of(np.zeros(300), np.zeros(300), np.arange(300))
    fallback = fit_or_fallback(BGNBD, nobody)
    assert fit_segments(fallback, nobody, np.repeat([1, 2], 150)) == {1: fallback, 2: fallback}


def test_a_segment_without_repeat_buyers_is_fitted_too() -> None:
    """The whole tells what the segment cannot; no order in years tells that it is slower."""
    history, _ = base(2000, 2000)
    rows = np.arange(len(history)) >= len(history)
    quiet = History.of(np.zeros(200), np.zeros(200), np.full(200, 100.0))
    both = History.of(
        *(
            np.concatenate([getattr(history, name), getattr(quiet, name)])
            for name in ("frequency", "recency", "age")
        )
    )
    segment = np.concatenate([rows, np.ones(200, dtype=bool)])
    whole = fit(BGNBD, both)
    fits = fit_segments(whole, both, segment)
    newcomer = History.of(0, 0, 0)
    assert fits[True].model.expected_orders(newcomer, 50.0) < whole.model.expected_orders(newcomer, 50.0)
    assert_allclose(fits[False].model.logarithms, whole.model.logarithms, atol=0.3)
    assert fits[True].customers == 200


def test_shrinking_does_not_depend_on_the_order_of_rows() -> None:
    history, segment = base(1000, 1000)
    whole = fit(BGNBD, history)
    shuffle = np.random.default_rng(1).permutation(2000)
    first = fit_segments(whole, history, segment)
    second = fit_segments(whole, history[shuffle], segment[shuffle])
    assert {name: one.model for name, one in first.items()} == pytest.approx(
        {name: one.model for name, one in second.items()}
    )

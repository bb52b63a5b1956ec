"""Segments: their own fit where they are large, that of the whole where they are tiny, else in between."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from evergreen.valuation.bg_nbd import BGNBD
from evergreen.valuation.fitting import PurchaseFit, fit, fit_or_fallback
from evergreen.valuation.history import History
from evergreen.valuation.segments import UNKNOWN, fit_segments
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
    return History.of(*columns), np.repeat([1, 2], [slow, fast])


def distance(fitted: PurchaseFit, other: PurchaseFit) -> float:
    return float(np.abs(fitted.model.logarithms - other.model.logarithms).max())


def test_large_segments_get_their_own_fit() -> None:
    history, segment = base(8000, 8000)
    whole = fit(BGNBD, history)
    fits = fit_segments(whole, history, segment)
    assert fits.whole is whole
    for number, rows in ((1, slice(0, 8000)), (2, slice(8000, 16_000))):
        own, alone = fits.own[number], fit(BGNBD, history[rows])
        assert distance(own, alone) < 0.1
        assert distance(own, alone) < 0.2 * distance(whole, alone)
        assert own.log_likelihood > whole.model.log_likelihood(history[rows]).sum()
        assert own.customers == 8000


def test_small_segments_are_drawn_toward_the_whole() -> None:
    history, segment = base(8000, 150)
    whole = fit(BGNBD, history)
    alone = fit(BGNBD, history[8000:])
    loose, usual, tight = (
        fit_segments(whole, history, segment, fewest_repeaters=20, whole_counts_as=weight).own[2]
        for weight in (5.0, 500.0, 50_000.0)
    )
    assert distance(tight, whole) < distance(usual, whole) < distance(loose, whole)
    assert distance(tight, whole) < 0.02
    assert distance(loose, alone) < distance(usual, alone) < distance(whole, alone)
    rate = [one.model.expected_orders(history[8000:], 20.0).sum() for one in (whole, usual, alone)]
    assert rate[0] < rate[1] < rate[2]


def test_small_and_unknown_segments_and_fallbacks_take_the_whole() -> None:
    history, segment = base(2000, 300)
    whole = fit(BGNBD, history)
    repeaters = history[2000:].repeaters
    assert set(fit_segments(whole, history, segment, fewest_repeaters=repeaters).own) == {1, 2}
    fits = fit_segments(whole, history, segment, fewest_repeaters=repeaters + 1)
    assert set(fits.own) == {1}
    assert not fit_segments(whole, history, np.full(2300, UNKNOWN)).own
    nobody = History.of(np.zeros(300), np.zeros(300), np.arange(300))
    fallback = fit_or_fallback(BGNBD, nobody)
    assert not fit_segments(fallback, nobody, np.repeat([1, 2], 150), fewest_repeaters=0).own

    # everyone is asked about once, of the fit that speaks for them; 3 was never heard of
    asked = np.array([2, 1, UNKNOWN, 3, 1])
    told = fits.each(asked, lambda model, rows: np.full(len(asked[rows]), model.logarithms[0]))
    assert_allclose(told, [(fits.own[1] if n == 1 else whole).model.logarithms[0] for n in asked])


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
    segment = np.concatenate([rows, np.ones(200, dtype=bool)]) + 1
    whole = fit(BGNBD, both)
    fits = fit_segments(whole, both, segment, fewest_repeaters=0).own
    newcomer = History.of(0, 0, 0)
    assert fits[2].model.expected_orders(newcomer, 50.0) < whole.model.expected_orders(newcomer, 50.0)
    assert_allclose(fits[1].model.logarithms, whole.model.logarithms, atol=0.3)
    assert fits[2].customers == 200


def test_shrinking_does_not_depend_on_the_order_of_rows() -> None:
    history, segment = base(1000, 1000)
    whole = fit(BGNBD, history)
    shuffle = np.random.default_rng(1).permutation(2000)
    first = fit_segments(whole, history, segment).own
    second = fit_segments(whole, history[shuffle], segment[shuffle]).own
    assert first.keys() == second.keys() == {1, 2}
    for number, one in first.items():
        assert one.model == second[number].model

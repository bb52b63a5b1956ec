"""Weights of attributes, and what low and high ratings do, by hand and by a second implementation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evergreen.satisfaction.chain import link
from evergreen.satisfaction.contrast import penalty_reward
from evergreen.satisfaction.regression import standardised_weights

Z = 1.959964


def answers(respondents: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    causes = random.standard_normal((respondents, 3)) * [1, 5, 20] + [50, 60, 70]
    effect = causes @ [3, 0.4, 0.0] + 4 * random.standard_normal(respondents)
    return causes, effect


def test_one_cause_is_a_correlation_with_its_error() -> None:
    causes, effect = answers(80)
    found = standardised_weights(causes[:, :1], effect, Z)
    known = stats.linregress(causes[:, 0], effect)
    scale = causes[:, 0].std(ddof=1) / effect.std(ddof=1)
    assert found.estimate[0] == pytest.approx(known.rvalue)
    assert found.high[0] - found.estimate[0] == pytest.approx(Z * known.stderr * scale)


def test_weights_are_raw_coefficients_in_units_of_spread() -> None:
    causes, effect = answers(200)
    found = standardised_weights(causes, effect, Z)
    raw = np.linalg.lstsq(np.column_stack([np.ones(200), causes]), effect, rcond=None)[0][1:]
    np.testing.assert_allclose(found.estimate, raw * causes.std(axis=0) / effect.std(), atol=1e-10)
    assert found.respondents == 200


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Of 400 samples of a cause without effect, 95 % within four standard errors of that share."""
    hits = [
        found.low[2] <= 0 <= found.high[2]
        for found in (standardised_weights(*answers(120, seed), Z) for seed in range(400))
    ]
    assert abs(np.mean(hits) - 0.95) < 4 * np.sqrt(0.05 * 0.95 / 400)


def test_a_cause_that_says_nothing_of_its_own_has_no_weight() -> None:
    causes, effect = answers(50)
    constant, copied = np.full(50, 3.0), 2 * causes[:, 0] + 1
    found = standardised_weights(np.column_stack([causes, constant, copied]), effect, Z)
    assert np.isnan(found.estimate).tolist() == [False, False, False, True, True]
    alone = standardised_weights(causes, effect, Z)
    np.testing.assert_allclose(found.estimate[:3], alone.estimate, atol=1e-10)


@pytest.mark.parametrize("respondents", [0, 1, 4])
def test_too_few_respondents_tell_nothing(respondents: int) -> None:
    causes, effect = answers(respondents)
    assert np.isnan(standardised_weights(causes, effect, Z).estimate).all()
    assert np.isnan(penalty_reward(causes, effect).penalty).all()


def test_low_ratings_cost_and_high_ones_gain() -> None:
    """Two attributes rated −1, 0 and 1, independent of each other; the first is basic, the second excites."""
    ratings = np.array([(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)], dtype=np.float64)
    overall = 50 - 12 * (ratings[:, 0] < 0) + 2 * (ratings[:, 0] > 0) - 1 * (ratings[:, 1] < 0)
    overall = overall + 9 * (ratings[:, 1] > 0)
    found = penalty_reward(ratings, overall)
    np.testing.assert_allclose(found.penalty, [12, 1])
    np.testing.assert_allclose(found.reward, [2, 9])


def test_a_link_takes_those_who_tell_both() -> None:
    nan = np.nan
    causes = np.array([1, 2, 3, 4, nan, 6])
    effects = np.array([2, 1, 4, 3, 5, nan])
    found = link("value", "trust", causes, effects, Z)
    assert found.respondents == 4
    assert found.coefficient == pytest.approx(0.6)

"""Partial least squares against a second implementation, closed forms, and paths that are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evergreen.satisfaction.chain import INDEX_PATHS, estimate_index, index_structure
from evergreen.satisfaction.path_model import Structure, correlations_of, estimate, resampled_paths

BLOCKS = {"tangibles": 4, "reliability": 5, "responsiveness": 4, "assurance": 4, "empathy": 5, "overall": 1}


def by_scores(data: np.ndarray, structure: Structure, steps: int = 2_000) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and paths by Wold's iteration on the scores of every respondent, step by step.

    Slow and plain: constructs are columns of scores, inner estimates are made by regression on these columns.
    """
    x = (data - data.mean(axis=0)) / data.std(axis=0)
    constructs = len(structure.causes)
    weights = np.ones(x.shape[1])

    def scores() -> np.ndarray:
        columns = []
        for number in range(constructs):
            mine = structure.construct == number
            column = x[:, mine] @ weights[mine]
            weights[mine] /= column.std()
            columns.append(column / column.std())
        return np.column_stack(columns)

    def on_causes(y: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
        of = np.flatnonzero(structure.causes[:, number])
        return of, np.linalg.lstsq(y[:, of], y[:, number], rcond=None)[0] if len(of) else np.zeros(0)

    for _ in range(steps):
        y = scores()
        inner = np.zeros_like(y)
        for number in range(constructs):
            of, coefficients = on_causes(y, number)
            inner[:, number] += y[:, of] @ coefficients
            for effect in np.flatnonzero(structure.causes[number]):
                inner[:, number] += np.mean(y[:, number] * y[:, effect]) * y[:, effect]
        before = weights.copy()
        for number in range(constructs):
            mine = structure.construct == number
            weights[mine] = x[:, mine].T @ inner[:, number]
        scores()
        if np.abs(weights - before).max() < 1e-13:
            break
    y = scores()
    paths = np.full(structure.causes.shape, np.nan)
    for number in range(constructs):
        of, coefficients = on_causes(y, number)
        paths[of, number] = coefficients
    return weights, paths


def service_quality() -> Structure:
    """Every dimension of service quality causes satisfaction; responsiveness follows from reliability."""
    names = list(BLOCKS)
    causes = np.zeros((len(names), len(names)), dtype=bool)
    causes[:-1, -1] = True
    causes[names.index("reliability"), names.index("responsiveness")] = True
    return Structure(np.repeat(np.arange(len(names)), list(BLOCKS.values())), causes)


def test_real_answers_give_the_weights_of_a_second_implementation(data: Path) -> None:
    answers = pd.read_csv(data / "service_quality" / "perceptions.csv").to_numpy(dtype=np.float64)
    structure = service_quality()
    model = estimate(correlations_of(answers), structure)
    weights, paths = by_scores(answers, structure)
    assert model.has_converged
    np.testing.assert_allclose(model.weights, weights, atol=1e-8)
    np.testing.assert_allclose(model.paths, paths, atol=1e-8)


def test_the_index_gives_the_weights_of_a_second_implementation() -> None:
    scores, constructs = made_up(400, seed=1)
    model = estimate(correlations_of(scores), index_structure(constructs))
    weights, paths = by_scores(scores, index_structure(constructs))
    np.testing.assert_allclose(model.weights, weights, atol=1e-8)
    np.testing.assert_allclose(model.paths, paths, atol=1e-8)


def test_two_blocks_are_the_first_singular_vectors() -> None:
    """Mode A of two blocks maximises the covariance of their sums (Tucker's inter-battery analysis)."""
    random = np.random.default_rng(3)
    common = random.standard_normal((500, 1))
    answers = common * random.uniform(0.3, 1, 7) + random.standard_normal((500, 7))
    structure = Structure(np.array([0] * 4 + [1] * 3), np.array([[False, True], [False, False]]))
    correlations = correlations_of(answers)
    model = estimate(correlations, structure)
    left, _, right = np.linalg.svd(correlations[:4, 4:])
    for mine, vector in ((model.weights[:4], left[:, 0]), (model.weights[4:], right[0])):
        np.testing.assert_allclose(mine / np.linalg.norm(mine), np.abs(vector), atol=1e-8)


def test_constructs_have_variance_one_and_paths_do_not_know_units() -> None:
    scores, constructs = made_up(300, seed=2)
    structure = index_structure(constructs)
    model = estimate(correlations_of(scores), structure)
    of_satisfaction = structure.construct == 3
    standard = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    assert (standard[:, of_satisfaction] @ model.weights[of_satisfaction]).std() == pytest.approx(1)
    stretched = scores * np.linspace(1, 9, scores.shape[1]) + 5
    again = estimate(correlations_of(stretched), structure)
    np.testing.assert_allclose(again.weights, model.weights, atol=1e-9)
    np.testing.assert_allclose(again.paths, model.paths, atol=1e-9)


def test_true_paths_lie_in_their_intervals() -> None:
    """With indicators that hardly err; of nine paths at 95 %, at most two may be missed."""
    scores, constructs = made_up(3_000, seed=5, slip=0.05)
    model = estimate_index(scores, constructs, 1.96)
    assert model
    missed = [p for p in model.paths if not p.low <= TRUE[p.cause, p.effect] <= p.high]
    assert len(missed) <= 2, missed
    assert all(p.high - p.low < 0.12 for p in model.paths)


def test_bootstrap_spread_is_that_of_new_samples() -> None:
    """The spread of resampled paths is about the spread over fresh samples of the same population."""
    scores, constructs = made_up(400, seed=7)
    structure = index_structure(constructs)
    at = (1, 3)  # quality to satisfaction
    within = resampled_paths(scores, structure, np.random.default_rng(0), 200)[:, *at].std()
    fresh = [
        estimate(correlations_of(made_up(400, seed=seed)[0]), structure).paths[at] for seed in range(100, 160)
    ]
    assert within == pytest.approx(np.std(fresh), rel=0.35)


def test_samples_drawn_together_are_those_drawn_one_by_one() -> None:
    scores, constructs = made_up(60, seed=8)
    structure = index_structure(constructs)
    random = np.random.default_rng(5)
    alone = []
    for _ in range(30):
        drawn = np.repeat(np.arange(60), random.multinomial(60, np.full(60, 1 / 60)))
        alone.append(estimate(correlations_of(scores[drawn]), structure).paths)
    together = resampled_paths(scores, structure, np.random.default_rng(5), 30)
    np.testing.assert_allclose(together, alone, atol=1e-9)


def test_a_sample_in_which_an_answer_does_not_vary_has_no_paths() -> None:
    """One of forty answered otherwise: left out of a sample by (39 ÷ 40)⁴⁰ = 0.36 of them."""
    scores, constructs = made_up(40, seed=9)
    scores[:, 0] = 0.1
    scores[0, 0] = 0.3
    found = resampled_paths(scores, index_structure(constructs), np.random.default_rng(6), 200)
    lacking = np.isnan(found[:, 0, 1])
    random = np.random.default_rng(6)
    counts = random.multinomial(40, np.full(40, 1 / 40), size=200)
    np.testing.assert_array_equal(lacking, counts[:, 0] == 0)
    assert 40 < lacking.sum() < 110


def test_an_answer_that_never_varies_makes_no_model() -> None:
    scores, constructs = made_up(200, seed=4)
    scores[:, 0] = 50
    assert estimate_index(scores, constructs, 1.96) is None


def test_the_same_answers_give_the_same_estimates() -> None:
    scores, constructs = made_up(200, seed=4)
    first, second = (estimate_index(scores, constructs, 1.96) for _ in range(2))
    assert first and second and first.paths == second.paths


TRUE = dict(zip(INDEX_PATHS, (0.4, 0.2, 0.5, 0.1, 0.5, 0.3, -0.4, 0.6, -0.2), strict=True))
_ITEMS = {"expectations": 3, "quality": 3, "value": 2, "satisfaction": 3, "complaints": 1, "loyalty": 2}


def made_up(respondents: int, *, seed: int, slip: float = 0.5) -> tuple[np.ndarray, list[str]]:
    """Return answers of a population in which the paths are TRUE, between constructs of variance one."""
    random = np.random.default_rng(seed)
    correlation = {("expectations", "expectations"): 1.0}
    latent = {"expectations": random.standard_normal(respondents)}
    for effect in list(_ITEMS)[1:]:
        causes = [cause for cause, to in INDEX_PATHS if to == effect]
        b = np.array([TRUE[cause, effect] for cause in causes])
        explained = b @ np.array([[correlation[i, j] for j in causes] for i in causes]) @ b
        for other in latent:
            both = sum(TRUE[cause, effect] * correlation[cause, other] for cause in causes)
            correlation[effect, other] = correlation[other, effect] = both
        correlation[effect, effect] = 1.0
        told = sum(TRUE[cause, effect] * latent[cause] for cause in causes)
        latent[effect] = told + np.sqrt(1 - explained) * random.standard_normal(respondents)
    constructs = [name for name, count in _ITEMS.items() for _ in range(count)]
    noise = slip * random.standard_normal((respondents, len(constructs)))
    answers = np.column_stack([latent[name] for name in constructs]) + noise
    return 60 + 15 * answers, constructs

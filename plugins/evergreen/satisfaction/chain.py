"""The chain from expectations to word of mouth: the model of the ACSI, and its continuation by theory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evergreen.satisfaction import path_model
from evergreen.satisfaction.arrays import Flags, Floats
from evergreen.satisfaction.path_model import Structure
from evergreen.satisfaction.regression import standardised_weights

# Fornell, Johnson, Anderson, Cha & Bryant 1996: (from, to)
INDEX_PATHS = (
    ("expectations", "quality"),
    ("expectations", "value"),
    ("quality", "value"),
    ("expectations", "satisfaction"),
    ("quality", "satisfaction"),
    ("value", "satisfaction"),
    ("satisfaction", "complaints"),
    ("satisfaction", "loyalty"),
    ("complaints", "loyalty"),
)
INDEX_CONSTRUCTS = tuple(dict.fromkeys(name for path in INDEX_PATHS for name in path))
# What the chain adds, link by link: constructs that no single questionnaire asks for together.
CHAIN_PATHS = (
    ("satisfaction", "value"),
    ("value", "trust"),
    ("trust", "loyalty"),
    ("loyalty", "word_of_mouth"),
)
SAMPLES = 200
_SEED = 1996


@dataclass(frozen=True)
class Path:
    """A path with its interval, and the respondents it comes from."""

    cause: str
    effect: str
    coefficient: float
    low: float
    high: float
    respondents: int


@dataclass(frozen=True)
class IndexModel:
    """The estimated model: its paths, and the weights of the satisfaction items, for scores as they are."""

    paths: tuple[Path, ...]
    weights: Floats


def index_structure(constructs: Sequence[str]) -> Structure:
    """Return the structure of the index for indicators that belong to these constructs."""
    position = {name: number for number, name in enumerate(INDEX_CONSTRUCTS)}
    causes: Flags = np.zeros((len(position), len(position)), dtype=bool)
    for cause, effect in INDEX_PATHS:
        causes[position[cause], position[effect]] = True
    return Structure(np.array([position[name] for name in constructs]), causes)


def estimate_index(scores: Floats, constructs: Sequence[str], quantile: float) -> IndexModel | None:
    """Estimate the model of the index.

    None where an indicator does not vary, or the weights do not come to rest.

    Args:
        scores: shape (respondents, indicators), from 0 to 100, without gaps.
        constructs: of each indicator, one of INDEX_CONSTRUCTS; all of them have indicators.
        quantile: of the standard normal distribution, times the spread of bootstrap samples for the interval.
    """
    structure = index_structure(constructs)
    spread = scores.std(axis=0, ddof=1)
    if not (spread > 0).all():
        return None
    model = path_model.estimate(path_model.correlations_of(scores), structure)
    if not model.has_converged:
        return None
    random = np.random.default_rng(_SEED)
    samples = path_model.resampled_paths(scores, structure, random, SAMPLES)
    paths = []
    for cause, effect in INDEX_PATHS:
        at = INDEX_CONSTRUCTS.index(cause), INDEX_CONSTRUCTS.index(effect)
        half = quantile * float(np.nanstd(samples[:, *at], ddof=1))
        coefficient = float(model.paths[at])
        paths.append(Path(cause, effect, coefficient, coefficient - half, coefficient + half, len(scores)))
    of_satisfaction = np.array([name == "satisfaction" for name in constructs])
    weights = np.where(of_satisfaction, model.weights / spread, np.nan)
    return IndexModel(tuple(paths), weights)


def link(cause: str, effect: str, causes: Floats, effects: Floats, quantile: float) -> Path:
    """Estimate one link of the chain from those who tell both; a regression on one cause is a correlation."""
    both = ~(np.isnan(causes) | np.isnan(effects))
    found = standardised_weights(causes[both, None], effects[both], quantile)
    estimate, low, high = (float(part[0]) for part in (found.estimate, found.low, found.high))
    return Path(cause, effect, estimate, low, high, found.respondents)

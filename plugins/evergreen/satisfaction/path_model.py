"""Partial least squares path modelling: constructs that are weighted sums of their indicators, and paths.

Mode A with the path weighting scheme (Lohmöller 1989; Tenenhaus, Esposito Vinzi, Chatelin & Lauro 2005).

Everything follows from the correlations of the indicators, so respondents enter only there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.satisfaction.arrays import Flags, Floats

_TOLERANCE = 1e-10
_MOST_STEPS = 1_000


@dataclass(frozen=True)
class Structure:
    """What is assumed: which construct each indicator belongs to, and which constructs cause which.

    construct: shape (indicators,), the position of the construct.
    causes: shape (constructs, constructs), causes[i, j] = i is a cause of j; without circles.
    """

    construct: np.ndarray
    causes: Flags

    @property
    def membership(self) -> Flags:
        """Shape (indicators, constructs): which indicator belongs to which construct."""
        return np.asarray(self.construct[:, None] == np.arange(len(self.causes)), dtype=bool)


@dataclass(frozen=True)
class PathModel:
    """What was estimated, on standardised indicators and constructs.

    weights: shape (indicators,); a construct is the sum of its indicators by their weights, with variance 1.
    paths: shape (constructs, constructs); paths[i, j] from i to j, NaN where the structure has none.
    has_converged: whether the weights came to rest.
    """

    weights: Floats
    paths: Floats
    has_converged: bool


def estimate(correlations: Floats, structure: Structure) -> PathModel:
    """Estimate the model from the correlations of the indicators, shape (indicators, indicators).

    Constructs are turned so that their indicators correlate with them positively in the sum.
    """
    member = structure.membership
    outer = _scaled(member.astype(np.float64), correlations)
    has_converged = False
    for _ in range(_MOST_STEPS):
        inner = _inner_weights(outer.T @ correlations @ outer, structure.causes)
        towards = np.where(member, correlations @ outer @ inner, 0.0)
        before, outer = outer, _turned(_scaled(towards, correlations), correlations)
        if np.abs(outer - before).max() < _TOLERANCE:
            has_converged = True
            break
    paths = _regressions(outer.T @ correlations @ outer, structure.causes)
    paths[~structure.causes] = np.nan
    return PathModel(outer.sum(axis=1), paths, has_converged)


def correlations_of(indicators: Floats, counts: Floats | None = None) -> Floats:
    """Return the correlations of indicators (respondents, indicators), each respondent counted so often."""
    weight = np.ones(len(indicators)) if counts is None else counts
    centred = indicators - np.average(indicators, axis=0, weights=weight)
    covariance = (centred * weight[:, None]).T @ centred
    spread = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(spread, spread), dtype=np.float64)


def resampled_paths(
    indicators: Floats, structure: Structure, random: np.random.Generator, samples: int
) -> Floats:
    """Return the paths of bootstrap samples of the respondents, shape (samples, constructs, constructs)."""
    respondents = len(indicators)
    share = np.full(respondents, 1 / respondents)
    found = np.full((samples, *structure.causes.shape), np.nan)
    for sample in range(samples):
        counts = random.multinomial(respondents, share).astype(np.float64)
        correlations = correlations_of(indicators, counts)
        if np.isfinite(correlations).all():
            found[sample] = estimate(correlations, structure).paths
    return found


def _inner_weights(correlations: Floats, causes: Flags) -> Floats:
    """Return what its neighbours tell of each construct: regression on causes, correlation with effects."""
    return np.where(causes, _regressions(correlations, causes), np.where(causes.T, correlations, 0.0))


def _regressions(correlations: Floats, causes: Flags) -> Floats:
    """Return the standardised coefficients of every construct on its causes, 0 elsewhere."""
    found = np.zeros_like(correlations)
    for effect in range(len(causes)):
        of = np.flatnonzero(causes[:, effect])
        if len(of):
            found[of, effect] = np.linalg.lstsq(
                correlations[np.ix_(of, of)], correlations[of, effect], rcond=None
            )[0]
    return found


def _scaled(outer: Floats, correlations: Floats) -> Floats:
    """Give every construct variance 1."""
    variance = np.einsum("ij,ik,kj->j", outer, correlations, outer)
    return np.asarray(outer / np.sqrt(variance), dtype=np.float64)


def _turned(outer: Floats, correlations: Floats) -> Floats:
    loadings = np.where(outer != 0, correlations @ outer, 0.0).sum(axis=0)
    return np.asarray(outer * np.where(loadings < 0, -1.0, 1.0), dtype=np.float64)

"""Partial least squares path modelling: constructs that are weighted sums of their indicators, and paths.

Mode A with the path weighting scheme (Lohmöller 1989; Tenenhaus, Esposito Vinzi, Chatelin & Lauro 2005).

Everything follows from the correlations of the indicators, so respondents enter only there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evergreen.satisfaction.arrays import Flags, Floats

_TOLERANCE = 1e-10
_MOST_STEPS = 1_000
_NO_VARIANCE = 1e-12  # of an indicator in a sample, as a share of its variance: what rounding leaves
_DRAWN_TOGETHER = 25  # samples whose counts are in memory, a number per respondent each


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
    outer, at_rest = _outer_weights(correlations[None], structure)
    return PathModel(
        outer[0].sum(axis=1), _paths(outer, correlations[None], structure.causes)[0], bool(at_rest[0])
    )


def correlations_of(indicators: Floats) -> Floats:
    """Return the correlations of indicators, shape (respondents, indicators)."""
    return np.asarray(np.corrcoef(indicators, rowvar=False), dtype=np.float64)


def resampled_paths(
    indicators: Floats, structure: Structure, random: np.random.Generator, samples: int
) -> Floats:
    """Return the paths of bootstrap samples of the respondents, shape (samples, constructs, constructs).

    Those of a sample in which an indicator does not vary are NaN.
    """
    respondents = len(indicators)
    share = np.full(respondents, 1 / respondents)
    correlations = np.concatenate(
        [
            _counted_correlations(indicators, random.multinomial(respondents, share, size=together))
            for together in np.diff([*range(0, samples, _DRAWN_TOGETHER), samples])
        ]
    )
    varies = np.isfinite(correlations).all(axis=(1, 2))
    found = np.full((samples, *structure.causes.shape), np.nan)
    outer, _ = _outer_weights(correlations[varies], structure)
    found[varies] = _paths(outer, correlations[varies], structure.causes)
    return found


def _counted_correlations(indicators: Floats, counts: NDArray[np.int64]) -> Floats:
    """Return correlations with respondents counted so often, in counts of shape (samples, respondents).

    Sums of products come from one product of matrices for all samples, of answers that are standardised
    first: what is subtracted after is small.

    Returns:
        Shape (samples, indicators, indicators), NaN for indicators that do not vary in a sample.
    """
    weights, respondents = counts.astype(np.float64), counts.sum(axis=1)[:, None]
    standard = (indicators - indicators.mean(axis=0)) / indicators.std(axis=0)
    width = standard.shape[1]
    left, right = np.triu_indices(width)
    covariance = np.empty((len(counts), width, width))
    mean_products = weights @ (standard[:, left] * standard[:, right]) / respondents
    covariance[:, left, right] = covariance[:, right, left] = mean_products
    means = weights @ standard / respondents
    covariance -= means[:, :, None] * means[:, None, :]
    variance = np.einsum("sii->si", covariance)
    spread = np.sqrt(np.where(variance > _NO_VARIANCE, variance, np.nan))
    return np.asarray(covariance / (spread[:, :, None] * spread[:, None, :]), dtype=np.float64)


def _outer_weights(correlations: Floats, structure: Structure) -> tuple[Floats, Flags]:
    """Let the weights of all samples come to rest, each by itself.

    Returns:
        Weights, shape (samples, indicators, constructs), 0 where an indicator is not the construct's; and
        which samples came to rest, shape (samples,).
    """
    member = structure.membership
    outer = _scaled(
        np.broadcast_to(member.astype(np.float64), (len(correlations), *member.shape)), correlations
    )
    moving = np.arange(len(correlations))
    for _ in range(_MOST_STEPS):
        if not len(moving):
            break
        before, told = outer[moving], correlations[moving]
        inner = _inner_weights(_between(before, told), structure.causes)
        after = _turned(_scaled(np.where(member, told @ before @ inner, 0.0), told), told)
        outer[moving] = after
        moving = moving[np.abs(after - before).max(axis=(1, 2)) >= _TOLERANCE]
    at_rest = np.ones(len(correlations), dtype=bool)
    at_rest[moving] = False
    return outer, at_rest


def _paths(outer: Floats, correlations: Floats, causes: Flags) -> Floats:
    return np.where(causes, _regressions(_between(outer, correlations), causes), np.nan)


def _between(outer: Floats, correlations: Floats) -> Floats:
    """Return the correlations of the constructs, shape (samples, constructs, constructs)."""
    return np.asarray(outer.swapaxes(1, 2) @ correlations @ outer, dtype=np.float64)


def _inner_weights(correlations: Floats, causes: Flags) -> Floats:
    """Return what its neighbours tell of each construct: regression on causes, correlation with effects."""
    return np.where(causes, _regressions(correlations, causes), np.where(causes.T, correlations, 0.0))


def _regressions(correlations: Floats, causes: Flags) -> Floats:
    """Return the standardised coefficients of every construct on its causes, 0 elsewhere.

    By the pseudoinverse, so that causes that say the same share what they explain.
    """
    found = np.zeros_like(correlations)
    for effect in range(len(causes)):
        of = np.flatnonzero(causes[:, effect])
        if len(of) == 1:
            found[:, of[0], effect] = correlations[:, of[0], effect]
        elif len(of):
            inverse = np.linalg.pinv(correlations[:, of[:, None], of], hermitian=True)
            found[:, of, effect] = (inverse @ correlations[:, of, effect, None])[..., 0]
    return found


def _scaled(outer: Floats, correlations: Floats) -> Floats:
    """Give every construct variance 1."""
    variance = (outer * (correlations @ outer)).sum(axis=1, keepdims=True)
    return np.asarray(outer / np.sqrt(variance), dtype=np.float64)


def _turned(outer: Floats, correlations: Floats) -> Floats:
    loadings = np.where(outer != 0, correlations @ outer, 0.0).sum(axis=1, keepdims=True)
    return np.asarray(outer * np.where(loadings < 0, -1.0, 1.0), dtype=np.float64)

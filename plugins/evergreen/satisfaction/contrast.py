"""Penalty–reward contrast: what a low score on an attribute costs, and what a high one gains.

After the three factors of Kano (1984) and their estimation by dummy variables (Brandt 1988): basic attributes
cost more when low than they gain when high, exciting ones the reverse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.satisfaction.arrays import Floats

_MIDDLE = 0.5  # standard deviations around the mean that are neither low nor high


@dataclass(frozen=True)
class Contrast:
    """Points of overall satisfaction by attribute, shape (attributes,); NaN where none can be told."""

    penalty: Floats
    reward: Floats


def penalty_reward(ratings: Floats, overall: Floats) -> Contrast:
    """Regress overall satisfaction on whether each attribute is rated low, and whether high.

    Args:
        ratings: shape (respondents, attributes), without gaps.
        overall: shape (respondents,), without gaps.
    """
    respondents, attributes = ratings.shape
    penalty, reward = np.full(attributes, np.nan), np.full(attributes, np.nan)
    if respondents <= 2 * attributes + 1:
        return Contrast(penalty, reward)
    centre, spread = ratings.mean(axis=0), ratings.std(axis=0)
    is_low = ratings < centre - _MIDDLE * spread
    is_high = ratings > centre + _MIDDLE * spread
    design = np.column_stack([np.ones(respondents), is_low, is_high]).astype(np.float64)
    effects, _, rank, _ = np.linalg.lstsq(design, overall, rcond=None)
    if rank == design.shape[1]:
        penalty, reward = -effects[1 : attributes + 1], effects[attributes + 1 :]
    return Contrast(penalty, reward)

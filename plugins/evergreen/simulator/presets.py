"""What kind of shop: how its customers differ, and what shapes their lives."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evergreen.errors import EvergreenError
from evergreen.simulator.arrays import Floats

_DAYS_PER_YEAR = 365.25
_DAYS_PER_WEEK = 7


@dataclass(frozen=True)
class Heterogeneity:
    """A gamma distribution of a rate over customers; `scale` is its inverse scale, in days."""

    shape: float
    scale: float

    @classmethod
    def per_year(cls, *, mean: float, shape: float) -> Heterogeneity:
        """Return the distribution with this mean number of events a year."""
        return cls(shape, shape * _DAYS_PER_YEAR / mean)

    @classmethod
    def weekly(cls, shape: float, scale: float) -> Heterogeneity:
        """Return the distribution whose inverse scale is given in weeks, as the literature prints it."""
        return cls(shape, scale * _DAYS_PER_WEEK)

    def draw(self, random: np.random.Generator, size: int) -> Floats:
        """Return `size` rates in events per day."""
        return random.gamma(self.shape, 1 / self.scale, size)


@dataclass(frozen=True)
class Shift:
    """For one quarter, satisfaction moves by group: the fifth with the highest value, and the others.

    Movements in opposite directions make a satisfaction trap as the shift begins, and the reverse one as it
    ends. Units are standard deviations of perception; `quarters_before_end` counts back from the last quarter
    of the history (0).
    """

    quarters_before_end: int
    high_value: float
    others: float


@dataclass(frozen=True)
class Preset:
    """The settings of a shop; rates are per day, shares are fractions."""

    name: str
    order_rate: Heterogeneity
    dropout_rate: Heterogeneity
    dissatisfaction_effect: float  # log hazard of dropping out per unit of true dissatisfaction
    seasonality: float  # 1 = full yearly pattern, 0 = none
    traits_matter: bool  # channel and segment change the rates
    return_share: float  # of those who dropped out, how many come back by themselves
    winback_share: float  # … and how many do so when asked to
    campaign_uplift: float  # mean relative increase of the order rate while a campaign runs
    notice_share: float  # of those who drop out, how many give notice
    survey_share: float  # of the customers of the last year, how many are asked each quarter
    shifts: tuple[Shift, ...]


REFERENCE = Preset(
    name="reference",
    order_rate=Heterogeneity.per_year(mean=10.0, shape=4.0),
    dropout_rate=Heterogeneity.per_year(mean=0.35, shape=2.0),
    dissatisfaction_effect=0.8,
    seasonality=1.0,
    traits_matter=True,
    return_share=0.12,
    winback_share=0.10,
    campaign_uplift=0.25,
    notice_share=0.25,
    survey_share=0.9,
    shifts=(Shift(quarters_before_end=2, high_value=1.5, others=-1.1),),
)

CDNOW_LIKE = replace(
    REFERENCE,
    name="cdnow_like",
    order_rate=Heterogeneity.weekly(0.553, 10.578),
    dropout_rate=Heterogeneity.weekly(0.606, 11.669),
    dissatisfaction_effect=0.0,
    seasonality=0.0,
    traits_matter=False,
    return_share=0.0,
    winback_share=0.0,
    campaign_uplift=0.0,
    shifts=(),
)

PRESETS = {preset.name: preset for preset in (REFERENCE, CDNOW_LIKE)}


def preset_named(name: str) -> Preset:
    """Return the preset of that name.

    Raises:
        EvergreenError: there is none.
    """
    if name not in PRESETS:
        raise EvergreenError(f"preset {name!r} is unknown: choose one of {', '.join(PRESETS)}")
    return PRESETS[name]

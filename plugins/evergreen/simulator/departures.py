"""Why and how customers leave: reason, where to, and whether they give notice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.simulator.arrays import Flags, Floats, Ints
from evergreen.simulator.lives import History

REASONS = ("service", "price", "product", "need", "moved", "other")
DESTINATIONS = ("competitor", "left_category", "undecided")
_CONTENT = np.array([0.22, 0.26, 0.20, 0.18, 0.06, 0.08])  # reasons of those who were satisfied
_DISCONTENT = np.array([0.70, 0.13, 0.11, 0.02, 0.01, 0.03])
_LEAVES_CATEGORY = np.array([0.1, 0.15, 0.15, 0.85, 0.5, 0.4])  # by reason
_NOTICE_DAYS = (14.0, 45.0)
_SECOND_THOUGHTS_SHARE = 0.015  # of lives: notice given and withdrawn


@dataclass
class Departures:
    """Ends of lives, and notices that were withdrawn; moments in days.

    `life` is the position in the lives; the other arrays go with it. `notice` is NaN where none was given;
    `effective` is the moment of the dropout. `withdrawn` is NaN except for second thoughts, which are no
    dropouts: their `effective` is when the notice would have taken effect.
    """

    life: Ints
    customer: Ints
    reason: Ints
    destination: Ints
    notice: Floats
    effective: Floats
    withdrawn: Floats

    @property
    def is_dropout(self) -> Flags:
        """The customer did leave."""
        return np.isnan(self.withdrawn)


def make_departures(random: np.random.Generator, history: History) -> Departures:
    """Draw reasons from how satisfied the customer was; the dissatisfied leave for the service."""
    calendar, preset = history.world.calendar, history.world.preset
    lives = history.lives
    life = np.flatnonzero(np.isfinite(lives.ended))
    ended, n = lives.ended[life], len(life)
    notice = np.maximum(ended - random.uniform(*_NOTICE_DAYS, n), lives.began[life] + 0.2)
    gives_notice = (random.random(n) < preset.notice_share) & (notice < ended - 1)

    length = np.where(np.isnan(lives.ended), calendar.all_days, lives.ended) - lives.began
    again = np.flatnonzero((random.random(len(length)) < _SECOND_THOUGHTS_SHARE) & (length > 90))
    k = len(again)
    thought = lives.began[again] + 10 + random.random(k) * (length[again] - 60)

    life = np.concatenate([life, again])
    customer = lives.customer[life]
    effective = np.concatenate([ended, thought + 30])
    reason = _reasons(random, history, customer, effective)
    leaves = random.random(n + k) < _LEAVES_CATEGORY[reason]
    undecided = random.random(n + k) < 0.15
    return Departures(
        life=life,
        customer=customer,
        reason=reason,
        destination=np.where(undecided, 2, np.where(leaves, 1, 0)),
        notice=np.concatenate([np.where(gives_notice, notice, np.nan), thought]),
        effective=effective,
        withdrawn=np.concatenate([np.full(n, np.nan), thought + random.uniform(4, 22, k)]),
    )


def _reasons(random: np.random.Generator, history: History, customer: Ints, at: Floats) -> Ints:
    calendar = history.world.calendar
    quarter = np.searchsorted(calendar.quarter_starts[1:-1], at, side="right")
    satisfaction = history.experiences.satisfaction[customer, np.maximum(quarter - 1, 0)]
    discontent = random.random(len(customer)) < 1 / (1 + np.exp(2 * satisfaction + 0.2))
    drawn = random.random(len(customer))
    return np.where(
        discontent,
        np.searchsorted(np.cumsum(_DISCONTENT)[:-1], drawn),
        np.searchsorted(np.cumsum(_CONTENT)[:-1], drawn),
    )

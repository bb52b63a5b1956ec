"""Answers to questions with fixed choices, and in free words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from evergreen.simulator.arrays import NONE, Flags, Floats, Ints
from evergreen.simulator.customers import REFERRAL
from evergreen.simulator.departures import DESTINATIONS, REASONS
from evergreen.simulator.instruments import Item
from evergreen.simulator.products import CATEGORIES, TASTES

_NEEDS = ("urgent", "planned", "potential", "dormant", "none")
_HABITS = {
    "media": ("search", "social", "press", "mail", "friends", "fair"),
    "learning": ("reviews", "adviser", "trial", "brochure", "friends"),
    "buying": ("online", "store", "phone", "contract"),
    "approval": ("service", "guarantee", "brand", "people", "price"),
}
_ORIGINS = ("new_to_category", "competitor", "several")
_ATTRACTIONS = ("price", "service", "product", "recommendation", "location")
_TIES = ("price", "incentive", "service", "brand", "company")
_ALL = (_NEEDS, *_HABITS.values(), _ORIGINS, _ATTRACTIONS, _TIES, REASONS, DESTINATIONS)
CODES = tuple(dict.fromkeys(code for codes in _ALL for code in codes))

_ANGRY = (
    "Third late parcel in a row.",
    'They said "soon" and then nothing happened.',
    "Nobody picks up the phone, nobody writes back 😠",
    "The pot came broken,\nand I paid for sending it back.",
    "送货太慢，客服也不理人。",
)
_SO_SO = (
    "Fine, nothing special.",
    "Good plants; the web page is slow, though.",
    "Mal so, mal so – die Lieferung könnte schneller sein.",
    "一般般，价格还可以。",
)
_HAPPY = (
    "Always fresh, always on time 🌿",
    "They remembered my name, and my ferns.",
    "Très satisfaite, comme d'habitude !",
    "服务周到，下次还会再来。",
    "Quick, friendly, honest.",
)
TEXTS = (*_ANGRY, *_SO_SO, *_HAPPY)
_COMMENT_SHARE = 0.35


@dataclass
class Background:
    """Who answers, apart from feelings; shape (respondents,)."""

    segment: Ints
    channel: Ints
    is_high_value: Flags
    has_complained: Flags  # in this quarter or the one before
    reason: Ints  # of leaving, for those who left
    destination: Ints

    def among(self, rows: Ints) -> Self:
        """Return the background of some respondents."""
        return type(self)(**{name: value[rows] for name, value in vars(self).items()})

    @classmethod
    def unknown(cls, respondents: int) -> Self:
        """Return the background of people nothing is known about."""
        nobody, no = np.zeros(respondents, dtype=np.int64), np.zeros(respondents, dtype=bool)
        return cls(nobody, nobody, no, no, nobody + NONE, nobody + NONE)


def choose(random: np.random.Generator, item: Item, background: Background) -> Ints:
    """Return the positions in CODES of what respondents choose."""
    choices, weights = _CHOICES[item.role, "" if item.role in ("need", "habit") else item.instrument](
        item, background
    )
    positions: Ints = np.array([CODES.index(choice) for choice in choices])
    if weights is None:  # known, not drawn
        return positions[background.reason if item.role == "reason" else background.destination]
    cumulated = np.cumsum(weights, axis=1)
    drawn = random.random(len(weights))[:, None] * cumulated[:, -1:]
    nth: Ints = (drawn > cumulated).sum(axis=1)
    return positions[nth]


def write(random: np.random.Generator, satisfaction: Floats) -> Ints:
    """Return the positions in TEXTS of what respondents write, NONE for those who write nothing."""
    mood = (satisfaction > -0.7).astype(np.int64) + (satisfaction > 0.5)
    sizes = np.array([len(_ANGRY), len(_SO_SO), len(_HAPPY)])
    starts = np.cumsum(sizes) - sizes
    chosen = starts[mood] + (random.random(len(mood)) * sizes[mood]).astype(np.int64)
    return np.where(random.random(len(mood)) < _COMMENT_SHARE, chosen, NONE)


_Weights = tuple[tuple[str, ...], Floats | None]


def _need(item: Item, background: Background) -> _Weights:
    taste = TASTES[background.segment, CATEGORIES.index(item.attribute)]
    weights = np.stack([0.03 + 0.25 * taste, 0.06 + 0.4 * taste, 0.15 + 0.3 * taste, 0.2 + 0 * taste], axis=1)
    return _NEEDS, np.column_stack([weights, 1 - weights.sum(axis=1)])


def _habit(item: Item, background: Background) -> _Weights:
    """Each segment prefers a choice of its own."""
    choices = _HABITS[item.attribute]
    favourite = (background.segment * 2 + len(item.attribute)) % len(choices)
    return choices, 1.0 + 2.5 * (np.arange(len(choices)) == favourite[:, None])


def _origin(item: Item, background: Background) -> _Weights:
    is_referred = background.channel == REFERRAL
    return _ORIGINS, np.where(is_referred[:, None], (0.5, 0.35, 0.15), (0.35, 0.45, 0.2))


def _attraction(item: Item, background: Background) -> _Weights:
    is_referred = background.channel == REFERRAL
    return _ATTRACTIONS, np.where(
        is_referred[:, None], (0.08, 0.1, 0.12, 0.65, 0.05), (0.3, 0.2, 0.35, 0.05, 0.1)
    )


def _tie(item: Item, background: Background) -> _Weights:
    high, low = (0.08, 0.1, 0.37, 0.25, 0.2), (0.34, 0.24, 0.22, 0.14, 0.06)
    return _TIES, np.where(background.is_high_value[:, None], high, low)


def _leaving(item: Item, background: Background) -> _Weights:
    return (REASONS if item.role == "reason" else DESTINATIONS), None


_CHOICES: dict[tuple[str, str], Callable[[Item, Background], _Weights]] = {
    ("need", ""): _need,
    ("habit", ""): _habit,
    ("origin", "arrival"): _origin,
    ("reason", "arrival"): _attraction,
    ("reason", "loyalty"): _tie,
    ("reason", "exit"): _leaving,
    ("destination", "exit"): _leaving,
}

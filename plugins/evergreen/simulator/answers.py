"""Answers to scaled questions: from what respondents feel to the scores they tick."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from evergreen.simulator import columns
from evergreen.simulator.arrays import NONE, Flags, Floats, Ints, Moments
from evergreen.simulator.choices import CODES, TEXTS, Background, choose, write
from evergreen.simulator.columns import Columns
from evergreen.simulator.drivers import ATTRIBUTES, CENTRE, SPREAD, WEIGHTS
from evergreen.simulator.feelings import Feelings
from evergreen.simulator.instruments import Item
from evergreen.simulator.invitations import INSTRUMENTS
from evergreen.simulator.timeline import Timeline

_SLIP = 0.35  # of the pen: spread of a score around what is felt
# Where answers centre on the scale, of 100, if not where satisfaction does.
_CENTRES = {"recommendation": 76.0, "exceeding": 50.0, "wallet_share": 45.0, "perceived_value": 55.0}
_EXPECT_CENTRE, _EXPECT_SPREAD = 82.0, 9.0
_LONG_FORM_SHARE = 0.3  # of the service-quality forms also ask for importance and need
_HASTY_SHARE, _SKIPPED_IF_HASTY, _SKIPPED = 0.05, 0.4, 0.004

# How much people say that an attribute matters, and how good they need it to be: 0–1, by attribute.
_STATED: Floats = np.sqrt(WEIGHTS / WEIGHTS.max())
# Points of 100 by dimension: tangibles, reliability, responsiveness, assurance, empathy.
_POINTS = np.array([9.0, 36.0, 26.0, 16.0, 13.0])


@dataclass
class Answers:
    """Answers in order of response and item; NONE where nothing was given; shape (answers,).

    Score, expectation and need are as ticked: on items that are worded negatively, high is bad.
    """

    response: Ints
    item: Ints
    score: Ints
    expectation: Ints
    importance: Ints
    need: Ints
    code: Ints
    text: Ints

    def __len__(self) -> int:
        return len(self.response)


@dataclass
class _Sheet:
    """Answers being collected, item by item."""

    parts: list[dict[str, Ints]] = field(default_factory=list)

    def fill(self, item: int, response: Ints, keep: Flags, **given: Ints) -> None:
        """Take down the answers of those who did not skip the item."""
        n = int(keep.sum())
        part = {"response": response[keep], "item": np.full(n, item)}
        for name in ("score", "expectation", "importance", "need", "code", "text"):
            part[name] = given[name][keep] if name in given else np.full(n, NONE)
        self.parts.append(part)

    def collected(self) -> Answers:
        names = ("response", "item", "score", "expectation", "importance", "need", "code", "text")
        whole = {name: np.concatenate([part[name] for part in self.parts]) for name in names}
        order = np.lexsort((whole["item"], whole["response"]))
        return Answers(**{name: value[order] for name, value in whole.items()})


@dataclass
class Respondents:
    """Those who answer one questionnaire: which response, what they feel, who they are."""

    response: Ints
    feelings: Feelings
    background: Background

    def among(self, rows: Ints) -> Self:
        """Return some of the respondents."""
        return type(self)(self.response[rows], self.feelings.among(rows), self.background.among(rows))


def answer(
    random: np.random.Generator, items: tuple[Item, ...], instrument: Ints, respondents: Respondents
) -> Answers:
    """Let respondents answer the items of their questionnaire; `instrument` gives its position."""
    sheet = _Sheet()
    for position, name in enumerate(INSTRUMENTS):
        rows = np.flatnonzero(instrument == position)
        if len(rows):
            asked = {number: item for number, item in enumerate(items) if item.instrument == name}
            _answer_instrument(random, sheet, asked, respondents.among(rows))
    if not sheet.parts:
        sheet.fill(0, np.zeros(0, np.int64), np.zeros(0, bool))
    return sheet.collected()


def _answer_instrument(
    random: np.random.Generator, sheet: _Sheet, items: dict[int, Item], respondents: Respondents
) -> None:
    n = len(respondents.response)
    skips = np.where(random.random(n) < _HASTY_SHARE, _SKIPPED_IF_HASTY, _SKIPPED)
    is_long = random.random(n) < _LONG_FORM_SHARE
    points = _share_out(random, n)
    for number, item in items.items():
        keep = random.random(n) >= skips
        if item.role == "dimension_importance":
            given = {"score": points[:, int(item.code[-1]) - 1]}
        elif item.role == "comment":
            given = {"text": write(random, respondents.feelings.satisfaction)}
            keep &= given["text"] != NONE
        elif item.low is None:
            given = {"code": choose(random, item, respondents.background)}
        elif item.dimension == "complaints":
            given = {"score": respondents.background.has_complained.astype(np.int64)}
        else:
            given = _scores(random, item, respondents.feelings, is_long)
        sheet.fill(number, respondents.response, keep, **given)


def _scores(random: np.random.Generator, item: Item, feelings: Feelings, is_long: Flags) -> dict[str, Ints]:
    n = len(is_long)
    centre = _CENTRES.get(item.role, _CENTRES.get(item.instrument, CENTRE))
    latent = feelings.behind(item)
    given = {"score": ticked(random, item, centre + SPREAD * latent)}
    if item.has_expectation:
        hoped = _EXPECT_CENTRE + _EXPECT_SPREAD * feelings.expectations
        given["expectation"] = ticked(random, item, hoped)
    if item.instrument == "servqual" and item.attribute in ATTRIBUTES:
        stated = _STATED[ATTRIBUTES.index(item.attribute)]
        matters = 45 + 45 * stated + 8 * random.standard_normal(n)
        needs = 50 + 28 * stated + 5 * feelings.expectations
        given["importance"] = np.where(is_long, _on_scale(item, matters), NONE)
        given["need"] = np.where(is_long, ticked(random, item, needs), NONE)
    return given


def ticked(random: np.random.Generator, item: Item, percent: Floats) -> Ints:
    """Return scores on the item's scale for percentages of it, with a slip; turned where it is reversed."""
    slipped = percent + SPREAD * _SLIP * random.standard_normal(len(percent))
    scores = _on_scale(item, slipped)
    low, high = item.scale
    turned: Ints = low + high - scores if item.is_reversed else scores
    return turned


def _on_scale(item: Item, percent: Floats) -> Ints:
    low, high = item.scale
    scores: Ints = np.round(low + (high - low) * np.clip(percent, 0, 100) / 100).astype(np.int64)
    return scores


def _share_out(random: np.random.Generator, respondents: int) -> Ints:
    """Return 100 points shared out over the dimensions, shape (respondents, dimensions)."""
    shares = random.gamma(_POINTS / 4, size=(respondents, len(_POINTS)))
    points: Ints = np.floor(100 * shares / shares.sum(axis=1, keepdims=True)).astype(np.int64)
    points[:, 1] += 100 - points.sum(axis=1)
    return points


def answer_rows(answers: Answers, items: tuple[Item, ...], numbers: Ints, submitted: Moments) -> Timeline:
    """Return the rows of the answers; they come with the response, whose number and time are given."""
    codes = [item.code for item in items]

    def state(rows: Ints) -> Columns:
        return {
            "response_id": columns.whole(numbers[answers.response[rows]]),
            "item_code": columns.text(codes, answers.item[rows]),
            "score": columns.whole(answers.score[rows]),
            "expectation_score": columns.whole(answers.expectation[rows]),
            "importance": columns.whole(answers.importance[rows]),
            "need_score": columns.whole(answers.need[rows]),
            "answer_code": columns.text(CODES, answers.code[rows]),
            "answer_text": columns.text(TEXTS, answers.text[rows]),
        }

    return Timeline.fixed(submitted[answers.response], state)

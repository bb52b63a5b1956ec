"""How often a trap is called significant where there is none: not more often than the page says.

Many questionnaires are asked in two quarters of a firm in which a fifth of the customers bring four fifths of
the value. Between the quarters the opinions of all its customers move, so what either index really does is
known; the answers are those of a few.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from evergreen.warehouse.connections import Warehouse
from marts.satisfaction.poll import Poll

CUSTOMERS, RESPONDENTS = 4_000, 30  # as few as there may be
SPREAD, NOISE = 1.683, 10  # of the logarithm of value: Pareto's fifth; of a score
BEFORE, AFTER = date(2024, 2, 1), date(2024, 5, 1)
STATED_LEVEL = 0.025  # docs/satisfaction.md
SEED = 7

Values = NDArray[np.float64]


def heads_alone(values: Values) -> Values:
    """Rise among the many, and fall among the few by so much that the index by value stays."""
    upper = values > np.median(values)
    return np.where(upper, -40 * values[~upper].sum() / values[upper].sum(), 40)


def value_alone(values: Values) -> Values:
    """Rise in the upper half, and fall as much in the lower, so that the plain index stays."""
    return np.where(values > np.median(values), 30, -30)


def nothing(values: Values) -> Values:
    return np.zeros_like(values)


def apart(values: Values) -> Values:
    """Rise of most, and fall of those the firm lives on: a trap."""
    return np.where(values > np.quantile(values, 0.7), -30, 30)


KINDS: dict[Callable[[Values], Values], int] = {heads_alone: 800, value_alone: 400, nothing: 200, apart: 100}


def test_chance_alone_is_seldom_called_significant(warehouse: Warehouse, tmp_path: Path) -> None:
    random = np.random.default_rng(SEED)
    values = np.ceil(100 * np.exp(SPREAD * random.standard_normal(CUSTOMERS)))
    poll = Poll(warehouse, tmp_path / "dbt")
    poll.prepare()
    for customer, value in enumerate(values):
        poll.order(f"c{customer}", date(2024, 1, 15), int(value))
    for move, questionnaires in KINDS.items():
        moved = move(values)
        for number in range(questionnaires):
            for on, shift in ((BEFORE, np.zeros_like(moved)), (AFTER, moved)):
                asked = random.choice(CUSTOMERS, RESPONDENTS, replace=False)
                scores = 45 + shift[asked] + NOISE * random.standard_normal(RESPONDENTS)
                for customer, score in zip(asked, np.clip(np.rint(scores), 0, 100), strict=True):
                    poll.answer(f"{move.__name__} {number}", f"c{customer}", on, int(score))
    poll.publish(date(2024, 6, 30), marts=("satisfaction_index",))

    told: dict[str, Any] = dict(
        poll.query(
            "select split_part(instrument, ' ', 1), count(case when is_trap_significant then 1 end)"
            " from satisfaction_index where period = '2024-04-01' and instrument <> 'all' group by 1"
        )
    )
    for move, questionnaires in KINDS.items():
        if move is not apart:
            assert told[move.__name__] <= binom.ppf(0.999, questionnaires, STATED_LEVEL), move.__name__
    assert told["apart"] > 0.2 * KINDS[apart], "a real one is seen, even by thirty"

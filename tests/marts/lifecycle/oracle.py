"""The stage of every day, day by day and customer by customer, from docs/lifecycle.md and nothing else.

Slow on purpose: no crossing is computed ahead, no window slides. What the text leaves open is settled
here as in the models: see the docstrings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from marts.lifecycle.lives import Life, Notice, until

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """Stage, cycle and reason at the end of a day."""

    stage: str
    cycle: int
    reason: str


def standings(life: Life, limits: Mapping[str, Decimal], last: date) -> dict[date, Standing]:
    """Return the standing of each day from the first one known to `last`."""
    found: dict[date, Standing] = {}
    day = life.known_at.date()
    cycle_starts: list[date] = []
    while day <= last:
        known = until(life, day)
        assert known
        occasions = sorted({order.at.date() for order in known.orders})
        if day in occasions and (
            not cycle_starts or (found.get(day - DAY) and found[day - DAY].stage == "interruption")
        ):
            cycle_starts.append(day)
        in_cycle = sum(1 for occasion in occasions if cycle_starts and occasion >= cycle_starts[-1])
        stage, reason = _stage(known, limits, day, occasions, in_cycle, cycle_starts)
        found[day] = Standing(stage, max(1, len(cycle_starts)), reason)
        day += DAY
    return found


def _stage(
    life: Life,
    limits: Mapping[str, Decimal],
    day: date,
    occasions: list[date],
    in_cycle: int,
    cycle_starts: list[date],
) -> tuple[str, str]:
    if not occasions:
        return "prospecting", "no_order"
    if len(cycle_starts) > 1 and cycle_starts[-1] == day:
        return "recovery", "order_after_interruption"
    expected = _expected_interval(occasions, limits)
    silence = Decimal((day - occasions[-1]).days)
    notices = [_notice_state(life, notice, day) for notice in life.notices]
    if "in effect" in notices:
        return "interruption", "notice_in_effect"
    if silence > limits["interruption"] * expected:
        return "interruption", "silence"
    if "pending" in notices:
        return "termination", "notice_given"
    if silence > limits["termination"] * expected:
        return "termination", "silence"
    trend, falls = _trend(life, limits, day, occasions[0], expected)
    if silence > limits["danger"] * expected:
        return "danger", "silence"
    if _has_open_complaint(life, limits, day):
        return "danger", "open_complaint"
    if _scored_low(life, limits, day):
        return "danger", "low_score"
    if falls:
        return "danger", "value_falling"
    if in_cycle == 1:
        if len(cycle_starts) > 1:
            return "recovery", "order_after_interruption"
        return "socialization", "first_order"
    if trend is None:
        return "growth", "too_early_to_tell"
    return ("growth", "value_rising") if trend > limits["value_trend"] else ("maturity", "value_level")


def _expected_interval(occasions: list[date], limits: Mapping[str, Decimal]) -> Decimal:
    gaps = len(occasions) - 1
    days = Decimal((occasions[-1] - occasions[0]).days)
    k = limits["prior_gaps"]
    value = (k * limits["population_gap"] + days) / (k + gaps)
    return value.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def _notice_state(life: Life, notice: Notice, day: date) -> str:
    """`pending`, `in effect` or `over`.

    A notice is withdrawn by a withdrawal between notice and effect. It is over with an order at or after the
    moment of effect. After an order earlier on the day of effect the interruption shows on the morrow; until
    then it is pending.
    """
    effective = max(notice.effective_at, notice.given_at) if notice.effective_at else None
    if any(notice.given_at <= at and (effective is None or at < effective) for at in life.withdrawals):
        return "over"
    if effective is None or effective.date() > day:
        return "pending"
    if any(order.at >= effective for order in life.orders):
        return "over"
    if not any(order.at < effective for order in life.orders):
        return "over"
    if effective.date() == day and any(order.at.date() == day for order in life.orders):
        return "pending"
    return "in effect"


def _has_open_complaint(life: Life, limits: Mapping[str, Decimal], day: date) -> bool:
    return any(
        c.resolved_at is None and (day - c.at.date()).days > limits["complaint_limit_days"]
        for c in life.complaints
    )


def _scored_low(life: Life, limits: Mapping[str, Decimal], day: date) -> bool:
    if not life.scores:
        return False
    at, score = max(life.scores)
    return score <= limits["low_score"] and (day - at.date()).days <= limits["score_validity_days"]


def _trend(
    life: Life, limits: Mapping[str, Decimal], day: date, first: date, expected: Decimal
) -> tuple[Decimal | None, bool]:
    """Return the value trend (None without two full windows) and whether its fall is a danger."""
    width = int((limits["window_intervals"] * expected).quantize(Decimal(1), ROUND_HALF_UP))
    window = max(1, width) * DAY
    middle, start = day - window, day - 2 * window
    if first > start + DAY:
        return None, False
    later, earlier = _value(life, middle, day), _value(life, start, middle)
    if later > 0 and earlier > 0:
        trend = ((later - earlier) / (later + earlier)).quantize(Decimal("1e-10"), ROUND_HALF_UP)
    else:
        trend = Decimal(1) if later > 0 else Decimal(-1) if earlier > 0 else Decimal(0)
    orders = [order.at.date() for order in life.orders]
    few = sum(1 for on in orders if middle < on <= day)
    many = sum(1 for on in orders if start < on <= middle)
    chance = sum(math.exp(-many) * many**n / math.factorial(n) for n in range(few + 1))
    return trend, trend < -limits["value_trend"] and many > 0 and chance < limits["order_count"]


def _value(life: Life, after: date, to: date) -> Decimal:
    """Return net revenue of the days after `after` up to `to`; refunds count from the first order on."""
    first = min(order.at for order in life.orders)
    sold = sum((o.amount for o in life.orders if after < o.at.date() <= to), Decimal(0))
    back = sum((r.amount for r in life.refunds if after < r.at.date() <= to and r.at >= first), Decimal(0))
    return sold - back

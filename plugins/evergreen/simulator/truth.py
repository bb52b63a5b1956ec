"""The truth, as tables that no model reads."""

from __future__ import annotations

import numpy as np

from evergreen.simulator import columns
from evergreen.simulator.arrays import NONE, Flags, Floats
from evergreen.simulator.calendar import Calendar
from evergreen.simulator.columns import Column, Columns
from evergreen.simulator.departures import REASONS, Departures
from evergreen.simulator.drivers import DRIVERS, PATHS, in_percent, quality_of
from evergreen.simulator.lives import History
from evergreen.simulator.market import campaign_ids
from evergreen.simulator.totals import Totals
from evergreen.simulator.world import World

_YEAR = 365.25
_CASES: dict[
    tuple[int, ...], str
] = {  # signs of the movements: high value, others, plain index, value-weighted index
    (1, 1, 1, 1): "I",
    (-1, -1, -1, -1): "II",
    (1, -1, 1, 1): "III",
    (1, -1, -1, 1): "IV",
    (-1, 1, -1, -1): "V",
    (-1, 1, 1, -1): "VI",
}
_REAL_SHIFT = 3.0  # points of 100: smaller movements of a group make no case


def customer_truth(history: History, departures: Departures, customer_ids: Column) -> dict[str, Columns]:
    """Return the true rates, lives and satisfaction of a block of customers, those to come included."""
    lives, customers, calendar = history.lives, history.customers, history.world.calendar
    last_end = np.full(len(customers), np.nan)
    last_end[lives.customer] = lives.ended  # by number: the last life stays
    reason = np.full(len(lives.customer), NONE)
    reason[departures.life[departures.is_dropout]] = departures.reason[departures.is_dropout]
    active = history.active_in_quarters()
    who, quarter = np.nonzero(_from_first_to_last(active))
    felt = history.experiences
    satisfaction = in_percent(felt.satisfaction[who, quarter].astype(np.float64))
    quality = in_percent(quality_of(felt.perceptions[who, quarter].astype(np.float64)))
    everyone = np.arange(len(customers))
    return {
        "truth_customers": {
            "customer_id": columns.chosen(customer_ids, everyone),
            "order_rate_per_year": columns.number(customers.order_rate * _YEAR, 6),
            "interval_days": columns.number(1 / customers.order_rate, 4),
            "dropout_rate_per_year": columns.number(customers.dropout_rate * _YEAR, 6),
            "spend_factor": columns.number(customers.spend, 6),
            "is_high_value": columns.flag(customers.is_high_value),
            "first_order_at": columns.moment(calendar.moments(_simulated(calendar, customers.first_order))),
            "dropped_out_at": columns.moment(calendar.moments(last_end)),
        },
        "truth_lives": {
            "customer_id": columns.chosen(customer_ids, lives.customer),
            "life": columns.whole(lives.number),
            "began_at": columns.moment(calendar.moments(lives.began)),
            "dropped_out_at": columns.moment(calendar.moments(lives.ended)),
            "reason": columns.text(REASONS, reason),
        },
        "truth_satisfaction": {
            "customer_id": columns.chosen(customer_ids, who),
            "quarter": columns.day(calendar.quarter_first_days()[quarter]),
            "satisfaction": columns.number(satisfaction, 2),
            "perceived_quality": columns.number(quality, 2),
            "is_active": columns.flag(active[who, quarter]),
        },
    }


def _from_first_to_last(active: Flags) -> Flags:
    """Mark the quarters from the first active one to the one after the last, in which people still answer."""
    has_begun = np.logical_or.accumulate(active, axis=1)
    goes_on = np.logical_or.accumulate(active[:, ::-1], axis=1)[:, ::-1]
    was_active = np.pad(active, ((0, 0), (1, 0)))[:, :-1]
    marked: Flags = has_begun & (goes_on | was_active)
    return marked


def _simulated(calendar: Calendar, at: Floats) -> Floats:
    return np.where(at < calendar.all_days, at, np.nan)


def shop_truth(world: World, totals: Totals) -> dict[str, Columns]:
    """Return what holds for the shop as a whole: drivers, paths, campaigns, satisfaction and traps."""
    calendar, programme = world.calendar, world.programme
    count, felt, worth, weighed, high, felt_high = totals.quarters.T
    quarters = {
        "plain": _share(felt, count),
        "weighed": _share(weighed, worth),
        "high": _share(felt_high, high),
        "others": _share(felt - felt_high, count - high),
    }
    case = trap_cases(**quarters)
    every = np.arange(len(count))
    return {
        "truth_drivers": {
            "attribute": columns.text([driver.attribute for driver in DRIVERS], np.arange(len(DRIVERS))),
            "dimension": columns.text([driver.dimension for driver in DRIVERS], np.arange(len(DRIVERS))),
            "weight": columns.number(np.array([driver.weight for driver in DRIVERS]), 4),
            "factor_kind": columns.text([driver.kind for driver in DRIVERS], np.arange(len(DRIVERS))),
        },
        "truth_paths": {
            "cause": columns.text([cause for cause, _ in PATHS], np.arange(len(PATHS))),
            "effect": columns.text([effect for _, effect in PATHS], np.arange(len(PATHS))),
            "coefficient": columns.number(np.array(list(PATHS.values())), 4),
        },
        "truth_quarters": {
            "quarter": columns.day(calendar.quarter_first_days()),
            "active_customers": columns.whole(count.astype(np.int64)),
            "satisfaction": columns.number(quarters["plain"], 4),
            "value_weighted_satisfaction": columns.number(quarters["weighed"], 4),
            "high_value_satisfaction": columns.number(quarters["high"], 4),
            "other_satisfaction": columns.number(quarters["others"], 4),
            "trap_case": columns.text(case, every),
        },
        "truth_campaigns": {
            "campaign_id": campaign_ids(programme),
            "order_rate_uplift": columns.number(programme.uplift, 6),
            "return_share": columns.number(programme.return_share, 6),
        },
    }


def trap_cases(plain: Floats, weighed: Floats, high: Floats, others: Floats) -> list[str | None]:
    """Return the case of each quarter against the one before (docs/satisfaction.md): IV and VI are traps.

    A case is told where both groups truly moved; other quarters have none.
    """
    cases: list[str | None] = [None]
    for quarter in range(1, len(plain)):
        moved = [float(series[quarter] - series[quarter - 1]) for series in (high, others, plain, weighed)]
        is_real = bool(np.isfinite(moved).all() and np.abs(moved[:2]).min() >= _REAL_SHIFT)
        cases.append(_CASES.get(tuple(int(sign) for sign in np.sign(moved))) if is_real else None)
    return cases


def _share(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return share

"""What customers and activities cost: booked to a customer, to a month and activity, to a channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.simulator import columns
from evergreen.simulator.arrays import Floats, Ints, Moments, after
from evergreen.simulator.calendar import Calendar
from evergreen.simulator.columns import Column, Columns
from evergreen.simulator.contacts import VISIT, Contacts
from evergreen.simulator.customers import CHANNELS
from evergreen.simulator.lives import History
from evergreen.simulator.profiles import Profiles
from evergreen.simulator.timeline import Timeline
from evergreen.simulator.totals import DRIVERS, Totals
from evergreen.simulator.world import World

_KINDS = ("acquisition", "retention", "service")
_ACQUISITION = {
    "referral": (500, 501),
    "partner": (800, 1800),
    "fair": (1500, 3500),
}  # cents, from … to below
_GIFT_DAYS = 365.0


@dataclass(frozen=True)
class Activity:
    """A pool of costs: `rate` per unit of its driver, or, where it is fixed, a month per 1,000 customers."""

    name: str
    group: str
    driver: str
    rate: float
    is_value_adding: bool = True
    is_fixed: bool = False


ACTIVITIES = (
    Activity("order handling", "distribution", "orders", 6.0),
    Activity("order correction", "distribution", "orders", 0.5, is_value_adding=False),
    Activity("picking and packing", "distribution", "lines", 2.2),
    Activity("warehouse", "distribution", "lines", 1_400, is_fixed=True),
    Activity("delivery", "distribution", "deliveries", 8.5),
    Activity("advice", "service", "contacts", 11.0),
    Activity("complaint handling", "service", "complaints", 38.0, is_value_adding=False),
    Activity("account care", "service", "active_customers", 2.5),
    Activity("campaign mailing", "marketing", "campaign_touches", 1.4),
    Activity("range development", "development", "active_customers", 900, is_fixed=True),
)
_PER_NEWCOMER = dict(zip(CHANNELS, (32.0, 24.0, 4.0, 10.0, 20.0, 38.0), strict=True))
_PER_MONTH = dict(
    zip(CHANNELS, (600.0, 700.0, 80.0, 250.0, 450.0, 400.0), strict=True)
)  # per 1,000 customers
_BOOKED_AFTER = 2.3  # days into the next month


def customer_cost_rows(
    random: np.random.Generator,
    history: History,
    profiles: Profiles,
    contacts: Contacts,
    customer_ids: Column,
) -> Timeline:
    """Return the table `customer_costs`.

    Acquisition: commissions, stands at fairs, rewards for referrals; the other channels cost by the month.
    Retention: gifts to key accounts. Service: visits.
    """
    customers, calendar = history.customers, history.world.calendar
    parts: list[tuple[Ints, Moments, int, Ints]] = []
    for channel, (low, high) in _ACQUISITION.items():
        won = np.flatnonzero(
            (customers.channel == CHANNELS.index(channel)) & np.isfinite(customers.first_order)
        )
        won_on = calendar.moments(customers.first_order[won])
        parts.append((won, won_on, 0, random.integers(low, high, len(won))))
    key = np.flatnonzero(np.isfinite(profiles.became_key_account))
    ended = profiles.first_life_ended[key]
    stays = np.where(np.isnan(ended), calendar.all_days, ended) - profiles.became_key_account[key]
    years = (stays / _GIFT_DAYS).astype(np.int64)
    gifted = np.repeat(key, years)
    nth = np.arange(len(gifted)) - np.searchsorted(gifted, gifted)
    given = calendar.moments(profiles.became_key_account[gifted] + (nth + 1) * _GIFT_DAYS)
    parts.append((gifted, given, 1, random.integers(4000, 15000, len(gifted))))
    visits = np.flatnonzero(contacts.kind == VISIT)
    visit_cost = random.integers(5000, 12000, len(visits))
    parts.append((contacts.customer[visits], contacts.contacted[visits], 2, visit_cost))

    who = np.concatenate([who for who, *_ in parts])
    incurred = np.concatenate([at for _, at, *_ in parts])
    kind = np.concatenate([np.full(len(who), kind) for who, _, kind, _ in parts])
    amount = np.concatenate([amount for *_, amount in parts])
    order = np.argsort(incurred, kind="stable")
    who, incurred, kind, amount = who[order], incurred[order], kind[order], amount[order]
    number = history.world.numbers("customer_costs", len(who))
    booked = after(incurred.astype("datetime64[D]").astype("datetime64[s]"), np.full(len(who), 1.1))

    def state(rows: Ints) -> Columns:
        return {
            "cost_id": columns.whole(number[rows]),
            "customer_id": columns.chosen(customer_ids, who[rows]),
            "incurred_on": columns.day(incurred[rows]),
            "kind": columns.text(_KINDS, kind[rows]),
            "cost_amount": columns.money(amount[rows]),
        }

    return Timeline.fixed(booked, state)


def activity_cost_rows(random: np.random.Generator, world: World, totals: Totals) -> Timeline:
    """Return the table `activity_costs`: variable pools follow their drivers, fixed ones the shop's size."""
    counts = totals.drivers
    months = len(counts)
    pools: Floats = np.stack(
        [
            np.full(months, activity.rate * world.size / 1000)
            if activity.is_fixed
            else activity.rate * counts[:, DRIVERS.index(activity.driver)]
            for activity in ACTIVITIES
        ],
        axis=1,
    )
    amounts = np.round(100 * pools * random.uniform(0.94, 1.06, pools.shape)).astype(np.int64).ravel()
    month, which = np.divmod(np.arange(amounts.size), len(ACTIVITIES))
    month_start, booked = _booked(world.calendar, month)

    def state(rows: Ints) -> Columns:
        chosen = [ACTIVITIES[activity] for activity in which[rows]]
        return {
            "cost_month": columns.day(month_start[rows]),
            "activity": columns.text([activity.name for activity in ACTIVITIES], which[rows]),
            "activity_group": columns.text([activity.group for activity in ACTIVITIES], which[rows]),
            "cost_amount": columns.money(amounts[rows]),
            "driver": columns.text([activity.driver for activity in ACTIVITIES], which[rows]),
            "is_value_adding": columns.flag(np.array([activity.is_value_adding for activity in chosen])),
            "is_fixed": columns.flag(np.array([activity.is_fixed for activity in chosen])),
        }

    return Timeline.fixed(booked, state)


def marketing_cost_rows(random: np.random.Generator, world: World, totals: Totals) -> Timeline:
    """Return the table `marketing_costs`: a month's presence in a channel, and more where it brought more."""
    per_newcomer = np.array(list(_PER_NEWCOMER.values()))
    per_month = np.array(list(_PER_MONTH.values())) * world.size / 1000
    pools = totals.newcomers * per_newcomer + per_month
    amounts = np.round(100 * pools * random.uniform(0.85, 1.15, pools.shape)).astype(np.int64).ravel()
    month, channel = np.divmod(np.arange(amounts.size), len(CHANNELS))
    month_start, booked = _booked(world.calendar, month)

    def state(rows: Ints) -> Columns:
        return {
            "cost_month": columns.day(month_start[rows]),
            "channel": columns.text(CHANNELS, channel[rows]),
            "cost_amount": columns.money(amounts[rows]),
        }

    return Timeline.fixed(booked, state)


def _booked(calendar: Calendar, month: Ints) -> tuple[Moments, Moments]:
    """Return the first days of months, and when their costs are booked."""
    start = np.datetime64(calendar.first_day, "M") + month
    return start, after((start + 1).astype("datetime64[s]"), np.full(len(month), _BOOKED_AFTER))

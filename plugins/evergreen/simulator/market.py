"""The shop's surroundings: market sizes, exchange rates, staff, campaigns and sales opportunities."""

from __future__ import annotations

import numpy as np

from evergreen.simulator import columns
from evergreen.simulator.arrays import NEVER, Floats, Ints, Moments, after, by_then
from evergreen.simulator.calendar import Calendar
from evergreen.simulator.campaigns import Programme
from evergreen.simulator.columns import Column, Columns
from evergreen.simulator.lives import History
from evergreen.simulator.personal import make_people
from evergreen.simulator.products import CATEGORIES
from evergreen.simulator.profiles import Profiles
from evergreen.simulator.timeline import Timeline
from evergreen.simulator.totals import Totals

ROLES = ("account_manager", "service", "manager", "warehouse")
ACCOUNT_MANAGER, SERVICE, MANAGER, WAREHOUSE = range(len(ROLES))
_STAFF = np.array([4, 6, 3, 5])  # of each role in a small shop
_MARKET_SHARE = np.array([0.22, 0.10, 0.16, 0.06, 0.26, 0.05, 0.12, 0.18])  # by category, in the middle year
_MARKET_GROWTH = np.array([0.03, 0.02, 0.06, -0.02, 0.16, 0.01, 0.12, 0.15])
_LARGEST_SHARE = np.array([0.18, 0.21, 0.20, 0.25, 0.17, 0.30, 0.22, 0.15])
_CAMPAIGN_CENTS, _TOUCH_CENTS = 80_000, 120  # of a campaign, and for each member
_STAGES = ("open", "offered", "won", "lost")


def market_size_rows(random: np.random.Generator, calendar: Calendar, totals: Totals) -> Timeline:
    """Return the table `market_sizes`: an estimate shortly before the year ends, revised a month after it."""
    years, categories = totals.sales.shape
    middle = years // 2
    base = np.maximum(totals.sales[middle], 100) / _MARKET_SHARE
    growth = (1 + _MARKET_GROWTH) ** (np.arange(years)[:, None] - middle)
    final = np.round(base * growth * random.uniform(0.99, 1.01, growth.shape)).astype(np.int64).ravel()
    estimate = np.round(final * random.uniform(0.97, 1.03, final.shape)).astype(np.int64)
    year, category = np.divmod(np.arange(final.size), categories)
    new_year = (np.datetime64(calendar.first_day, "Y") + year + 1).astype("datetime64[s]")
    estimated, revised = after(new_year, np.full(len(year), -11.6)), after(new_year, np.full(len(year), 30.4))

    def state(rows: Ints, moment: Moments) -> Columns:
        size = np.where(revised[rows] <= moment, final[rows], estimate[rows])
        largest = np.round(size * _LARGEST_SHARE[category[rows]]).astype(np.int64)
        return {
            "year": columns.whole(calendar.first_day.year + year[rows]),
            "category": columns.text(CATEGORIES, category[rows]),
            "market_sales": columns.money(size),
            "largest_competitor_sales": columns.money(largest),
        }

    return Timeline(np.stack([estimated, revised], axis=1), state)


def exchange_rate_rows(random: np.random.Generator, calendar: Calendar) -> Timeline:
    """Return the table `exchange_rates`: the price of a dollar in euros, every day at noon."""
    n = calendar.all_days
    wanders = np.cumsum(random.normal(0, 0.003, n))
    rate = 0.92 * np.exp(wanders - 0.5 * np.arange(n) / n * wanders[-1])
    noon = np.datetime64(calendar.first_day, "s") + np.arange(n) * np.timedelta64(86400, "s")

    def state(rows: Ints) -> Columns:
        return {
            "rate_date": columns.day(noon[rows]),
            "currency": columns.text(("USD",), np.zeros(len(rows), dtype=np.int64)),
            "rate": columns.number(rate[rows], 6),
        }

    return Timeline.fixed(noon + np.timedelta64(43200, "s"), state)


def hire(calendar: Calendar, customers: int) -> tuple[Ints, Floats]:
    """Return the role of each employee and when each was hired; a shop of many customers has more of them.

    Those who meet customers were there when the shop opened, and so was every second one of the others.
    """
    roles = np.repeat(np.arange(len(ROLES)), np.minimum(_STAFF * (1 + customers // 5000), 60))
    n = len(roles)
    later = (roles > SERVICE) & (np.arange(n) % 2 == 1)
    return roles, np.where(later, np.linspace(0, calendar.history_days * 0.9, n), -1.0)


def employee_ids(roles: Ints) -> Column:
    """Return the identifiers of the staff."""
    return columns.label("E", 1 + np.arange(len(roles)), 3)


def employee_rows(random: np.random.Generator, calendar: Calendar, roles: Ints, hired: Floats) -> Timeline:
    """Return the table `employees`."""
    names = make_people(random, 1 + np.arange(len(roles))).full_name
    ids = employee_ids(roles)

    def state(rows: Ints) -> Columns:
        return {
            "employee_id": columns.chosen(ids, rows),
            "employee_name": columns.chosen(names, rows),
            "role": columns.text(ROLES, roles[rows]),
            "hired_on": columns.day(calendar.days(hired[rows])),
        }

    return Timeline.fixed(calendar.moments(np.maximum(hired, 0) + 0.01), state)


def campaign_ids(programme: Programme) -> Column:
    """Return the identifiers of the campaigns."""
    return columns.label("K", 1 + np.arange(len(programme)), 3)


def campaign_rows(
    random: np.random.Generator, calendar: Calendar, programme: Programme, totals: Totals
) -> Timeline:
    """Return the table `campaigns`, known ten days ahead."""
    cents = np.round(
        _CAMPAIGN_CENTS + totals.members * _TOUCH_CENTS * random.uniform(0.9, 1.2, len(programme))
    ).astype(np.int64)
    ids, kinds = campaign_ids(programme), programme.kinds()
    month = calendar.days(programme.starts).astype("datetime64[M]").astype(str)
    names = [f"{kind.capitalize()} {when}" for kind, when in zip(kinds, month, strict=True)]

    def state(rows: Ints) -> Columns:
        return {
            "campaign_id": columns.chosen(ids, rows),
            "campaign_name": columns.text(names, rows),
            "kind": columns.text(kinds, rows),
            "starts_on": columns.day(calendar.days(programme.starts[rows])),
            "ends_on": columns.day(calendar.days(programme.ends[rows] - 1)),
            "cost_amount": columns.money(cents[rows]),
        }

    return Timeline.fixed(calendar.moments(programme.starts - 9.6), state)


def opportunity_rows(
    random: np.random.Generator, history: History, profiles: Profiles, customer_ids: Column
) -> Timeline:
    """Return the table `opportunities`.

    Business customers who hesitate are an opportunity until they order or it goes cold; key accounts are
    offered a frame contract.
    """
    customers, calendar = history.customers, history.world.calendar
    hesitates = ~(customers.first_order < customers.registered + 1) & ~customers.is_indirect
    hopeful = np.flatnonzero(hesitates & (customers.segment > 0))
    key = np.flatnonzero(np.isfinite(profiles.became_key_account))
    who = np.concatenate([hopeful, key])
    n = len(who)
    is_frame = np.arange(n) >= len(hopeful)
    opened_on = np.where(is_frame, profiles.became_key_account[who], customers.registered[who]) + 0.5
    cold = opened_on + random.uniform(40, 160, n)
    orders_on = np.where(
        is_frame, np.where(random.random(n) < 0.6, opened_on + 30, np.nan), customers.first_order[who]
    )
    is_won = orders_on < cold
    opened = calendar.moments(opened_on)
    closed = np.maximum(
        calendar.moments(np.where(is_won, np.maximum(orders_on, opened_on + 0.1), cold)), opened
    )
    offered = after(opened, random.uniform(2, 15, n))
    order = np.argsort(opened, kind="stable")
    number = history.world.numbers("opportunities", n)
    amount = np.round(customers.spend[who] * random.uniform(20000, 60000, n)).astype(np.int64)

    def state(rows: Ints, moment: Moments) -> Columns:
        at = order[rows]
        is_closed = closed[at] <= moment
        stage = np.where(is_closed, np.where(is_won[at], 2, 3), np.where(offered[at] <= moment, 1, 0))
        return {
            "opportunity_id": columns.whole(number[rows]),
            "customer_id": columns.chosen(customer_ids, who[at]),
            "opened_at": columns.moment(opened[at]),
            "closed_at": columns.moment(by_then(closed[at], moment)),
            "stage": columns.text(_STAGES, stage),
            "amount": columns.money(amount[at]),
        }

    changes = np.stack([opened, offered, closed], axis=1)[order]
    changes[:, 1] = np.where(changes[:, 1] < changes[:, 2], changes[:, 1], NEVER)
    return Timeline(changes, state)

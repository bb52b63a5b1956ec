"""The table of customers: how a profile changes by joining the club, becoming a key account, moving house."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.simulator import columns
from evergreen.simulator.arrays import NONE, Floats, Ints, Moments, by_then
from evergreen.simulator.columns import Column, Columns
from evergreen.simulator.customers import CHANNELS, INDUSTRIES, REGIONS, SEGMENTS
from evergreen.simulator.lives import History
from evergreen.simulator.personal import People
from evergreen.simulator.timeline import Timeline

_MEMBER_SHARE, _MEMBER_WAIT, _MEMBER_DAYS = 0.4, 30.0, 150.0
_KEY_ACCOUNT_DAYS = 200.0
_MOVING_SHARE = 0.1


@dataclass
class Profiles:
    """When profiles change; shape (customers,), NaN and NaT for never."""

    joined: Floats
    became_key_account: Floats
    moved: Floats
    first_life_ended: Floats  # NaN: did not end, or did not begin


def make_profiles(random: np.random.Generator, history: History) -> Profiles:
    """Draw when customers join the club, become key accounts (the most valuable do) and move house."""
    customers, lives, calendar = history.customers, history.lives, history.world.calendar
    n = len(customers)
    ended = np.full(n, np.nan)
    first = lives.number == 1
    ended[lives.customer[first]] = lives.ended[first]
    until = np.where(np.isfinite(customers.first_order) & np.isnan(ended), np.inf, ended)

    def while_alive(at: Floats, who: np.ndarray) -> Floats:
        return np.where(who & (at < until), at, np.nan)

    joined = customers.first_order + _MEMBER_WAIT + random.exponential(_MEMBER_DAYS, n)
    moved = customers.registered + random.uniform(30, calendar.all_days, n)
    return Profiles(
        joined=while_alive(joined, random.random(n) < _MEMBER_SHARE),
        became_key_account=while_alive(customers.first_order + _KEY_ACCOUNT_DAYS, customers.is_key_account),
        moved=np.where(random.random(n) < _MOVING_SHARE, moved, np.nan),
        first_life_ended=ended,
    )


def customer_rows(
    history: History, profiles: Profiles, people: People, customer_ids: Column, managers: Column
) -> Timeline:
    """Return the table `customers`; `managers` are the identifiers of the account managers."""
    customers, calendar = history.customers, history.world.calendar
    registered = calendar.moments(customers.registered)
    joined = calendar.moments(profiles.joined)
    key_account = calendar.moments(profiles.became_key_account)
    moved = calendar.moments(profiles.moved)

    def state(rows: Ints, moment: Moments) -> Columns:
        is_key_account = key_account[rows] <= moment
        manager = np.where(is_key_account, customers.number[rows] % len(managers), NONE)
        return {
            "customer_id": columns.chosen(customer_ids, rows),
            "full_name": columns.chosen(people.full_name, rows),
            "email": columns.chosen(people.email, rows),
            "phone": columns.chosen(people.phone, rows),
            "address": people.address(rows, customers.region, (moved[rows] <= moment).astype(np.int64)),
            "registered_at": columns.moment(registered[rows]),
            "customer_kind": columns.text(
                ("direct", "indirect"), customers.is_indirect[rows].astype(np.int64)
            ),
            "influences_customer_id": columns.chosen(customer_ids, customers.influences[rows]),
            "segment": columns.text(SEGMENTS, customers.segment[rows]),
            "industry": columns.text(INDUSTRIES, customers.industry[rows]),
            "region": columns.text(REGIONS, customers.region[rows]),
            "acquisition_channel": columns.text(CHANNELS, customers.channel[rows]),
            "referred_by_customer_id": columns.chosen(customer_ids, customers.referrer[rows]),
            "member_since": columns.day(by_then(joined[rows], moment)),
            "is_target": columns.flag(customers.is_target[rows]),
            "is_key_account": columns.flag(is_key_account),
            "account_manager_id": columns.chosen(managers, manager),
        }

    return Timeline(np.stack([registered, joined, key_account, moved], axis=1), state)

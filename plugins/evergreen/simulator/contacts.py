"""Contacts: questions, complaints, visits, campaign touches, notices of termination and their withdrawal."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from evergreen.simulator import columns
from evergreen.simulator.arrays import NEVER, NONE, Array, Flags, Ints, Moments, after, by_then
from evergreen.simulator.columns import Column, Columns
from evergreen.simulator.departures import REASONS, Departures
from evergreen.simulator.lives import History
from evergreen.simulator.orders import Orders
from evergreen.simulator.profiles import Profiles
from evergreen.simulator.timeline import Timeline

KINDS = ("enquiry", "complaint", "visit", "campaign", "termination_notice", "withdrawal")
ENQUIRY, COMPLAINT, VISIT, CAMPAIGN, NOTICE, WITHDRAWAL = range(len(KINDS))
_IS_OUTBOUND = np.array([False, False, True, True, False, False])
_MEDIA = ("phone", "email", "chat", "letter", "visit")
_TOUCHPOINTS = ("before", "during", "after")
BEFORE, DURING, AFTER = range(3)
_WHY = (*REASONS, "late delivery", "defect", "advice", "delivery status", "invoice")
_LATE, _DEFECT, _SERVICE, _ADVICE = _WHY.index("late delivery"), _WHY.index("defect"), 0, _WHY.index("advice")
_OUTCOMES = ("answered", "settled", "rejected", "accepted", "withdrawn")
_NEVER_SETTLED_SHARE = 0.45  # of the complaints that are dealt with badly
_VISIT_DAYS = 91.0


@dataclass
class Contacts:
    """Contacts of a block, by time; positions are NONE and moments NaT where there is nothing."""

    customer: Ints
    kind: Ints
    contacted: Moments
    medium: Ints
    touchpoint: Ints
    why: Ints
    campaign: Ints
    responded: Moments
    resolved: Moments
    effective: Moments
    outcome: Ints
    is_settled: Flags
    number: Ints  # 0 until the parts are joined

    def __len__(self) -> int:
        return len(self.customer)

    @classmethod
    def of(cls, kind: int, customer: Ints, contacted: Moments, **given: Array | int) -> Self:
        """Return contacts of one kind; what is not given is nothing."""
        n = len(customer)
        nothing = {"responded": NEVER, "resolved": NEVER, "effective": NEVER, "is_settled": True, "number": 0}
        values = {f.name: given.get(f.name, nothing.get(f.name, NONE)) for f in fields(cls)}
        values |= {"kind": kind, "customer": customer, "contacted": contacted}
        return cls(**{name: np.broadcast_to(np.asarray(value), n) for name, value in values.items()})

    @classmethod
    def joined(cls, parts: list[Self], numbers: Ints) -> Self:
        """Return all parts by time, numbered."""
        whole = {f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)}
        order = np.argsort(whole["contacted"], kind="stable")
        joined = cls(**{name: value[order] for name, value in whole.items()})
        joined.number = numbers
        return joined


def make_contacts(
    random: np.random.Generator, orders: Orders, profiles: Profiles, departures: Departures
) -> Contacts:
    """Draw all contacts of a block."""
    history = orders.history
    parts = [
        _advice(random, history),
        _questions(random, orders),
        _complaints(random, orders),
        _visits(random, history, profiles),
        _touches(random, history),
        *_notices(random, history, departures),
    ]
    numbers = history.world.numbers("contacts", sum(len(part) for part in parts))
    return Contacts.joined(parts, numbers)


def _advice(random: np.random.Generator, history: History) -> Contacts:
    """People who do not order at once often ask for advice first."""
    customers, calendar = history.customers, history.world.calendar
    hesitates = ~(customers.first_order < customers.registered + 1)
    who = np.flatnonzero(hesitates & (random.random(len(customers)) < 0.45))
    until = np.fmin(customers.first_order[who], customers.registered[who] + 20)
    at = customers.registered[who] + random.random(len(who)) * (until - customers.registered[who])
    asked = calendar.moments(at)
    answered = after(asked, 0.02 + random.exponential(0.3, len(who)))
    return Contacts.of(
        ENQUIRY,
        who,
        asked,
        medium=random.integers(0, 3, len(who)),
        touchpoint=BEFORE,
        why=_ADVICE,
        responded=answered,
        resolved=answered,
        outcome=0,
    )


def _questions(random: np.random.Generator, orders: Orders) -> Contacts:
    purchases = orders.history.purchases
    order = orders.of_purchases(purchases.asked)
    n = len(order)
    settled = purchases.is_settled[orders.purchase[order]]
    asked = after(orders.ordered[order], random.uniform(0.01, 5, n))
    answered = after(asked, np.where(settled, random.lognormal(-1.8, 0.8, n), random.lognormal(0.6, 0.6, n)))
    return Contacts.of(
        ENQUIRY,
        orders.customer[order],
        asked,
        medium=random.integers(0, 3, n),
        touchpoint=random.choice((DURING, AFTER), n),
        why=random.integers(_ADVICE, len(_WHY), n),
        responded=answered,
        resolved=np.where(settled, answered, after(answered, random.uniform(0.5, 6, n))),
        outcome=0,
        is_settled=settled,
    )


def _complaints(random: np.random.Generator, orders: Orders) -> Contacts:
    purchases = orders.history.purchases
    order = orders.of_purchases(purchases.complained)
    n, purchase = len(order), orders.purchase[order]
    settled = purchases.is_settled[purchase]
    is_late, is_defective = purchases.late_days[purchase] > 0, purchases.is_defective[purchase]
    waited = after(orders.promised[order], random.uniform(0.3, 1.5, n))
    unpacked = after(orders.delivered[order], random.uniform(0.1, 3, n))
    complained = np.where(is_late & ~is_defective, waited, unpacked)
    answered = after(
        complained, np.where(settled, random.lognormal(-1.5, 0.7, n), random.lognormal(0.9, 0.6, n))
    )
    ignored = ~settled & (random.random(n) < _NEVER_SETTLED_SHARE)
    takes = np.where(settled, random.uniform(0.2, 3, n), random.uniform(8, 40, n))
    return Contacts.of(
        COMPLAINT,
        orders.customer[order],
        complained,
        medium=random.choice(4, n, p=(0.4, 0.4, 0.12, 0.08)),
        touchpoint=np.where(is_late & ~is_defective, DURING, AFTER),
        why=np.where(is_defective, _DEFECT, np.where(is_late, _LATE, _SERVICE)),
        responded=answered,
        resolved=np.where(ignored, NEVER, after(answered, takes)),
        outcome=np.where(settled, 1, np.where(ignored, NONE, 2)),
        is_settled=settled,
    )


def _visits(random: np.random.Generator, history: History, profiles: Profiles) -> Contacts:
    """Account managers call on key accounts every quarter."""
    customers, calendar = history.customers, history.world.calendar
    since = profiles.became_key_account
    until = np.where(np.isnan(profiles.first_life_ended), calendar.all_days, profiles.first_life_ended)
    counts = np.nan_to_num((until - since) / _VISIT_DAYS).astype(np.int64)
    who = np.repeat(np.arange(len(customers)), np.maximum(counts, 0))
    nth = np.arange(len(who)) - np.searchsorted(who, who)
    at = since[who] + nth * _VISIT_DAYS + random.uniform(1, 30, len(who))
    return Contacts.of(VISIT, who, calendar.moments(at), medium=4, touchpoint=AFTER, why=_ADVICE)


def _touches(random: np.random.Generator, history: History) -> Contacts:
    members, programme = history.members, history.world.programme
    campaign, who = members.campaign[members.is_treated], members.customer[members.is_treated]
    at = programme.starts[campaign] + random.uniform(0.2, 0.9, len(who))
    return Contacts.of(
        CAMPAIGN,
        who,
        history.world.calendar.moments(at),
        medium=random.choice((1, 3), len(who), p=(0.85, 0.15)),
        touchpoint=BEFORE,
        campaign=campaign,
    )


def _notices(random: np.random.Generator, history: History, departures: Departures) -> list[Contacts]:
    """Notices, resolved when they are accepted, and withdrawals by those who think again."""
    calendar = history.world.calendar
    given = np.flatnonzero(np.isfinite(departures.notice))
    notice = calendar.moments(departures.notice[given])
    thinks_again = ~departures.is_dropout[given]
    n = len(given)
    noticed = Contacts.of(
        NOTICE,
        departures.customer[given],
        notice,
        medium=random.choice((1, 3), n),
        touchpoint=AFTER,
        why=departures.reason[given],
        responded=after(notice, random.uniform(0.1, 2, n)),
        resolved=np.where(
            thinks_again, calendar.moments(departures.withdrawn[given]), after(notice, np.full(n, 3.0))
        ),
        effective=calendar.moments(departures.effective[given]),
        outcome=np.where(thinks_again, 4, 3),
    )
    back = given[thinks_again]
    withdrawn = Contacts.of(
        WITHDRAWAL,
        departures.customer[back],
        calendar.moments(departures.withdrawn[back]),
        medium=random.choice((0, 1), len(back)),
        touchpoint=AFTER,
    )
    return [noticed, withdrawn]


def contact_rows(contacts: Contacts, customer_ids: Column, campaign_ids: Column) -> Timeline:
    """Return the table `contacts`: it changes with the first response and with the resolution."""

    def state(rows: Ints, moment: Moments) -> Columns:
        resolved = by_then(contacts.resolved[rows], moment)
        outcome = np.where(np.isnat(resolved), NONE, contacts.outcome[rows])
        return {
            "contact_id": columns.whole(contacts.number[rows]),
            "customer_id": columns.chosen(customer_ids, contacts.customer[rows]),
            "contacted_at": columns.moment(contacts.contacted[rows]),
            "direction": columns.text(
                ("inbound", "outbound"), _IS_OUTBOUND[contacts.kind[rows]].astype(np.int64)
            ),
            "kind": columns.text(KINDS, contacts.kind[rows]),
            "channel": columns.text(_MEDIA, contacts.medium[rows]),
            "touchpoint": columns.text(_TOUCHPOINTS, contacts.touchpoint[rows]),
            "reason": columns.text(_WHY, contacts.why[rows]),
            "campaign_id": columns.chosen(campaign_ids, contacts.campaign[rows]),
            "first_response_at": columns.moment(by_then(contacts.responded[rows], moment)),
            "resolved_at": columns.moment(resolved),
            "effective_at": columns.moment(contacts.effective[rows]),
            "outcome": columns.text(_OUTCOMES, outcome),
        }

    return Timeline(np.stack([contacts.contacted, contacts.responded, contacts.resolved], axis=1), state)

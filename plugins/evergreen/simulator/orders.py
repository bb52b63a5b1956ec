"""Orders as the shop keeps them: numbers, guests, status, payment and delivery."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.simulator import columns
from evergreen.simulator.arrays import NEVER, NONE, Flags, Floats, Ints, Moments, after, by_then
from evergreen.simulator.columns import Column, Columns
from evergreen.simulator.customers import OVERSEAS
from evergreen.simulator.fulfilment import SALES_CHANNELS, STORE
from evergreen.simulator.lives import History
from evergreen.simulator.timeline import Timeline

CURRENCIES = ("EUR", "USD")
_STATUS = ("placed", "paid", "delivered", "cancelled")
_GUEST_SHARE = 0.035
_DISCOUNTED_SHARE = 0.15
_DISCOUNTS = np.array([0.05, 0.10, 0.15, 0.20])


@dataclass
class Orders:
    """Orders of a block, guests' included, in order of time; arrays of shape (orders,)."""

    history: History
    number: Ints
    customer: Ints  # position, NONE for a guest
    purchase: Ints  # position in the purchases, NONE for a guest
    at: Floats
    ordered: Moments
    paid: Moments
    cancelled: Moments
    promised: Moments
    delivered: Moments
    sales_channel: Ints
    is_abroad: Flags
    discount: Floats  # rate on every line

    def __len__(self) -> int:
        return len(self.number)

    @property
    def is_valid(self) -> Flags:
        """Not cancelled before payment."""
        return np.isnat(self.cancelled)

    def of_purchases(self, mark: Flags) -> Ints:
        """Return the positions of the orders whose purchase bears the mark."""
        known = np.flatnonzero(self.purchase != NONE)
        return known[mark[self.purchase[known]]]


def make_orders(random: np.random.Generator, history: History) -> Orders:
    """Number the purchases and the orders of guests, and time payment and delivery."""
    calendar, purchases = history.world.calendar, history.purchases
    known = len(purchases)
    guests = random.integers(0, max(known, 1), round(known * _GUEST_SHARE))
    guest_at = purchases.at[guests] + random.uniform(-3, 3, len(guests))
    purchase = np.concatenate([np.arange(known), np.full(len(guests), NONE)])
    like = np.concatenate([np.arange(known), guests])  # guests order in the same ways
    at = np.concatenate([purchases.at, np.clip(guest_at, 0, calendar.all_days - 0.01)])
    order = np.argsort(at, kind="stable")
    purchase, like, at = purchase[order], like[order], at[order]
    n = len(at)
    ordered = calendar.moments(at)

    is_cancelled = purchases.is_cancelled[like]
    sales_channel = purchases.sales_channel[like]
    in_store = sales_channel == STORE
    pays_later = (random.random(n) < 0.12) & ~in_store
    wait = np.where(pays_later, random.uniform(1, 9, n), random.uniform(0.0005, 0.005, n))
    promised = after(ordered.astype("datetime64[D]").astype("datetime64[s]"), purchases.promise_days[like])
    late = np.ceil(purchases.late_days[like])
    early = np.where(late > 0, 0, random.integers(0, 2, n)) + random.uniform(0.02, 0.45, n)
    arrives = np.where(in_store, after(ordered, np.full(n, 0.002)), after(promised, late - early))
    region = history.customers.region[purchases.customer[like]]
    return Orders(
        history=history,
        number=history.world.numbers("orders", n),
        customer=np.where(purchase == NONE, NONE, purchases.customer[like]),
        purchase=purchase,
        at=at,
        ordered=ordered,
        paid=after(ordered, np.where(is_cancelled, np.nan, np.where(in_store, 0.001, wait))),
        cancelled=after(ordered, np.where(is_cancelled, random.uniform(2, 8, n), np.nan)),
        promised=promised,
        delivered=np.where(is_cancelled, NEVER, arrives),
        sales_channel=sales_channel,
        is_abroad=(purchase != NONE) & (region == OVERSEAS),
        discount=np.where(random.random(n) < _DISCOUNTED_SHARE, random.choice(_DISCOUNTS, n), 0.0),
    )


def order_rows(orders: Orders, customer_ids: Column) -> Timeline:
    """Return the table `orders`: placed, then paid and delivered, or cancelled."""

    def state(rows: Ints, moment: Moments) -> Columns:
        delivered = by_then(orders.delivered[rows], moment)
        status = np.where(orders.paid[rows] <= moment, 1, 0)
        status = np.where(np.isnat(delivered), status, 2)
        status = np.where(orders.cancelled[rows] <= moment, 3, status)
        return {
            "order_id": columns.whole(orders.number[rows]),
            "customer_id": columns.chosen(customer_ids, orders.customer[rows]),
            "ordered_at": columns.moment(orders.ordered[rows]),
            "status": columns.text(_STATUS, status),
            "sales_channel": columns.text(SALES_CHANNELS, orders.sales_channel[rows]),
            "currency": columns.text(CURRENCIES, orders.is_abroad[rows].astype(np.int64)),
            "promised_delivery_at": columns.moment(orders.promised[rows]),
            "delivered_at": columns.moment(delivered),
        }

    changes = np.stack([orders.ordered, orders.paid, orders.delivered, orders.cancelled], axis=1)
    return Timeline(changes, state)

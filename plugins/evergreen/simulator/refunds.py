"""Refunds: for defects and changes of mind, some long after the order, some that name no order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.simulator import columns
from evergreen.simulator.arrays import NONE, Array, Ints, Moments, after
from evergreen.simulator.columns import Column, Columns
from evergreen.simulator.lines import Lines
from evergreen.simulator.orders import Orders
from evergreen.simulator.timeline import Timeline

_REASONS = ("defect", "change of mind", "goodwill")
_AFTER_DEFECT, _CHANGE_OF_MIND = 0.75, 0.02
_MUCH_LATER_SHARE = 0.15
_UNNAMED_SHARE = 0.12
_WHOLE_SHARE = 0.4
_GOODWILL_SHARE = 0.01  # of those who never ordered under their name: for a guest order, say


@dataclass
class Refunds:
    """Refunds of a block, by time; `order` and `customer` are positions or NONE, amounts cents."""

    orders: Orders
    number: Ints
    order: Ints
    customer: Ints
    refunded: Moments
    amount: Ints
    reason: Ints

    def __len__(self) -> int:
        return len(self.number)


def make_refunds(random: np.random.Generator, lines: Lines) -> Refunds:
    """Refund part or all of an order after its delivery; never more than was paid for it."""
    orders, history = lines.orders, lines.orders.history
    customers, purchases = history.customers, history.purchases
    is_defective = (orders.purchase != NONE) & purchases.is_defective[orders.purchase]
    delivered = ~np.isnat(orders.delivered)
    chance = np.where(is_defective, _AFTER_DEFECT, _CHANGE_OF_MIND) * delivered
    order = np.flatnonzero(random.random(len(orders)) < chance)
    n = len(order)
    much_later = random.random(n) < _MUCH_LATER_SHARE
    wait = 1.5 + random.exponential(7, n) + np.where(much_later, random.uniform(50, 300, n), 0)
    share = np.where(random.random(n) < _WHOLE_SHARE, 1.0, random.uniform(0.2, 0.95, n))
    amount = np.floor(lines.net_by_order()[order] * share).astype(np.int64)
    # a refund that names no order is in the reporting currency, so those abroad and of guests name theirs
    nameless = (
        (random.random(n) < _UNNAMED_SHARE) & ~orders.is_abroad[order] & (orders.customer[order] != NONE)
    )
    customer = orders.customer[order]
    refunded = after(orders.delivered[order], wait)
    reason = np.where(is_defective[order], 0, 1)

    never = np.flatnonzero(~np.isfinite(customers.first_order) & ~customers.is_indirect)
    kind = never[random.random(len(never)) < _GOODWILL_SHARE]
    k = len(kind)
    given = history.world.calendar.moments(customers.registered[kind] + random.uniform(1, 60, k))
    parts: list[tuple[Array, Array]] = [
        (np.where(nameless, NONE, order), np.full(k, NONE)),
        (customer, kind),
        (refunded, given),
        (amount, random.integers(800, 6000, k)),
        (reason, np.full(k, 2)),
    ]
    order, customer, refunded, amount, reason = (np.concatenate(part) for part in parts)
    some = amount > 0
    by_time = np.flatnonzero(some)[np.argsort(refunded[some], kind="stable")]
    return Refunds(
        orders=orders,
        number=history.world.numbers("refunds", len(by_time)),
        order=order[by_time],
        customer=customer[by_time],
        refunded=refunded[by_time],
        amount=amount[by_time],
        reason=reason[by_time],
    )


def refund_rows(refunds: Refunds, customer_ids: Column) -> Timeline:
    """Return the table `refunds`."""
    numbers = refunds.orders.number

    def state(rows: Ints) -> Columns:
        order = refunds.order[rows]
        return {
            "refund_id": columns.whole(refunds.number[rows]),
            "order_id": columns.whole(np.where(order == NONE, NONE, numbers[order])),
            "customer_id": columns.chosen(customer_ids, refunds.customer[rows]),
            "refunded_at": columns.moment(refunds.refunded[rows]),
            "refund_amount": columns.money(refunds.amount[rows]),
            "reason": columns.text(_REASONS, refunds.reason[rows]),
        }

    return Timeline.fixed(refunds.refunded, state)

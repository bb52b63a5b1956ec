"""Money is in a cohort, unassigned or a guest's, to the cent; a refund lowers the period it is given in.

Random histories of a year and more are added up here from the rows that were delivered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from evergreen.warehouse.connections import Warehouse
from marts.histories import START, History
from marts.world import COHORTS, OtherWorlds, Row, World

AS_OF = START + timedelta(days=425)
SEED = 4
PERIODS = {
    "cohort_retention": "month",
    "cohort_retention_weekly": "week",
    "cohort_retention_quarterly": "quarter",
}
FOLLOWS_FROM_REVENUE = {"kept_revenue", "gross_revenue_retention", "net_revenue_retention"}


@pytest.fixture(scope="module")
def shop(session_warehouse: Warehouse, dbt_target: Path) -> Iterator[World]:
    """Fourteen months of a shop. All amounts are in one currency: conversion has tests of its own."""
    worlds = OtherWorlds(session_warehouse, dbt_target)
    world = worlds.make()
    history = History(world, SEED)
    history.today = AS_OF
    for changes in (history.first(), history.some(500)):
        world.promote((entity, key, row and row | _one_currency(entity)) for entity, key, row in changes)
    by_day = refund_told_by_its_day(world)
    world.promote([("refunds", (by_day["refund_id"],), by_day)])
    world.release(AS_OF, COHORTS)
    yield world
    worlds.drop()


def test_cohorts_unassigned_and_guests_are_the_firm(shop: World) -> None:
    books = Books.of(shop)
    cohorts = dict_of(shop, "select cohort_month, month, net_revenue from cohort_retention")
    assert not_zero(cohorts) == not_zero(books.cohorts)

    firm: dict[Any, Decimal] = defaultdict(Decimal)
    for (_, month), amount in cohorts.items():
        firm[month] += amount
    for holder, told in (("unassigned", books.unassigned), ("guests", books.guests)):
        found = dict_of(shop, OUTSIDE_COHORTS[holder])
        assert not_zero(found) == not_zero(told) != {}, holder
        for month, amount in found.items():
            firm[month] += amount
    assert not_zero(firm) == not_zero(books.firm)


OUTSIDE_COHORTS = {
    "unassigned": "select refund_month, -sum(refund_amount) from refunds"
    " where customer_id is not null and not is_assigned_to_cohort group by 1",
    "guests": """
        select month, sum(amount)
        from (
            select order_month as month, gross_revenue - discount_amount as amount
            from orders where customer_id is null
            union all
            select refund_month, -refund_amount from refunds where customer_id is null
        ) as booked
        group by 1
    """,
}


def test_a_refund_lowers_the_period_in_which_it_is_given(shop: World) -> None:
    """One names an order of the first month, one no order: each is given in its customer's month 11."""
    firsts = Books.of(shop).firsts
    before = {mart: shown(shop, mart) for mart in PERIODS}
    earliest, latest = (
        min(firsts, key=firsts.__getitem__),
        max((who for who in firsts if later(firsts[who], 11).date() <= AS_OF), key=firsts.__getitem__),
    )
    assert firsts[earliest].month != firsts[latest].month, "two cohorts"
    [(order,)] = shop.query("select order_id from orders where customer_id = %s and is_first_order", earliest)
    refunds = [
        refund("late 1", earliest, order, later(firsts[earliest], 11), Decimal("3.21")),
        refund("late 2", latest, None, later(firsts[latest], 11), Decimal("0.04")),
    ]
    shop.promote(("refunds", (row["refund_id"],), row) for row in refunds)
    shop.release(AS_OF, COHORTS)

    for mart, period in PERIODS.items():
        lowered = {
            (start(firsts[row["customer_id"]], period), start(row["refunded_at"], period)): row[
                "refund_amount"
            ]
            for row in refunds
        }
        after = shown(shop, mart)
        assert after.keys() == before[mart].keys()
        assert {key for key in after if after[key] != before[mart][key]} == lowered.keys()
        for key, amount in lowered.items():
            was, now = before[mart][key], after[key]
            assert now["net_revenue"] == was["net_revenue"] - amount
            assert now["refund_amount"] == was["refund_amount"] + amount
            differing = {name for name in now if now[name] != was[name]}
            assert differing <= {"net_revenue", "refund_amount"} | FOLLOWS_FROM_REVENUE
            if period == "month":
                assert now["months_since_first"] == 11


@dataclass
class Books:
    """What was delivered, added up by month, and by cohort and month; each customer's first order."""

    firsts: dict[str, datetime] = field(default_factory=dict)
    cohorts: dict[Any, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    unassigned: dict[Any, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    guests: dict[Any, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    firm: dict[Any, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @classmethod
    def of(cls, world: World) -> Books:
        """Add up what the sources of a world have delivered."""
        books = cls()
        orders = valid_orders(world)
        for row in sorted(orders.values(), key=lambda row: row["ordered_at"]):
            if row["customer_id"]:
                books.firsts.setdefault(row["customer_id"], row["ordered_at"])
        for line in world.rows["order_lines"].values():
            if order := orders.get(line["order_id"]):
                amount = line["line_amount"] - (line["discount_amount"] or 0)
                books.book(order["customer_id"], order["ordered_at"], amount)
        for row in world.rows["refunds"].values():
            if row["refunded_at"].date() <= AS_OF:
                # whoever placed the order gets the money, whoever the refund names
                order = orders.get(row["order_id"])
                holder = (order or row)["customer_id"]
                # what names its order may be told by its day alone
                books.book(holder, row["refunded_at"], -row["refund_amount"], by_day=order is not None)
        return books

    def book(self, customer: str | None, at: datetime, amount: Decimal, *, by_day: bool = False) -> None:
        """Book an amount to the firm, and to whom it belongs."""
        month = start(at, "month")
        self.firm[month] += amount
        if customer is None:
            self.guests[month] += amount
        elif (first := self.firsts.get(customer)) and (at >= first or (by_day and at.date() == first.date())):
            self.cohorts[start(first, "month"), month] += amount
        else:
            self.unassigned[month] += amount


def valid_orders(world: World) -> dict[str, Row]:
    return {
        row["order_id"]: row
        for row in world.rows["orders"].values()
        if row["status"] != "cancelled" and row["ordered_at"].date() <= AS_OF
    }


def refund_told_by_its_day(world: World) -> Row:
    """Return a refund of midnight that names a first order of later that day."""
    customer, at = next((who, at) for who, at in sorted(Books.of(world).firsts.items()) if at.hour)
    [order, *_] = (
        key
        for key, row in valid_orders(world).items()
        if row["customer_id"] == customer and row["ordered_at"] == at
    )
    return refund("by day", customer, order, datetime.combine(at, datetime.min.time()), Decimal("1.23"))


def shown(world: World, mart: str) -> dict[tuple[date, date], dict[str, Any]]:
    """Return the rows of a mart of cohorts by cohort and period, without running totals."""
    columns = f"cohort_{PERIODS[mart]}, {PERIODS[mart]}"
    rows = world.query(
        f"select {columns}, net_revenue, refund_amount,"
        f" to_jsonb(row_shown) - 'cumulative_net_revenue' from {mart} as row_shown"
    )
    return {
        (cohort, period): told | {"net_revenue": net, "refund_amount": back}
        for cohort, period, net, back, told in rows
    }


def refund(key: str, customer: str, order: str | None, at: datetime, amount: Decimal) -> Row:
    named = {"refund_id": f"shop:{key}", "customer_id": customer, "order_id": order}
    return named | {"refunded_at": at, "refund_amount": amount}


def start(at: datetime, period: str) -> date:
    """Return the first day of the period of a moment."""
    day = at.date()
    if period == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1, month=day.month if period == "month" else (day.month - 1) // 3 * 3 + 1)


def later(at: datetime, months: int) -> datetime:
    """Return the middle of the month so many months later."""
    year, month = divmod(at.month - 1 + months, 12)
    return datetime(at.year + year, month + 1, 15, 12)


def dict_of(world: World, statement: str) -> dict[Any, Decimal]:
    """Return what a statement says: keys, and an amount in the last column."""
    return {key[0] if len(key) == 1 else tuple(key): amount for *key, amount in world.query(statement)}


def not_zero(amounts: dict[Any, Decimal]) -> dict[Any, Decimal]:
    return {key: amount for key, amount in amounts.items() if amount}


def _one_currency(entity: str) -> Row:
    return {"currency": None} if entity == "orders" else {}

"""Changes of a small shop's data, written as one speaks of them: who bought what, when, for how much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import count

from marts.world import Change, Row

Money = Decimal | int | str


@dataclass
class Ledger:
    """Collects changes; keys are given in the order in which they are written down."""

    changes: list[Change] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def customer(self, customer: str, **known: object) -> None:
        """Note a customer."""
        self._add("customers", (customer,), {"customer_id": customer} | known)

    def product(self, product: str, category: str | None, unit_cost: Money | None = 0) -> None:
        """Note a product."""
        self._add(
            "products", (product,), {"product_id": product, "category": category, "unit_cost": unit_cost}
        )

    def upgrade(self, newer: str, older: str) -> None:
        """Note that one product takes the place of another."""
        row = {"product_id": newer, "upgrades_product_id": older}
        self._add("product_upgrades", (newer, older), row)

    def order(
        self, customer: str | None, day: date, *lines: tuple[str | None, Money], **known: object
    ) -> str:
        """Note an order of lines (product, price); return its key. The keys of its lines are 0, 1, …"""
        key = f"shop:o{next(self._numbers):06}"
        row: Row = {"customer_id": customer, "ordered_at": noon(day), "status": "paid"}
        self._add("orders", (key,), {"order_id": key} | row | known)
        for number, (product, price) in enumerate(lines):
            self._add(
                "order_lines",
                (key, str(number)),
                {
                    "order_id": key,
                    "line_key": str(number),
                    "product_id": product,
                    "quantity": 1,
                    "unit_price": Decimal(price),
                    "line_amount": Decimal(price),
                },
            )
        return key

    def refund(self, customer: str | None, order: str | None, day: date, amount: Money) -> None:
        """Note a refund."""
        key = f"shop:r{next(self._numbers):06}"
        row = {"customer_id": customer, "order_id": order, "refunded_at": noon(day)}
        self._add("refunds", (key,), {"refund_id": key, "refund_amount": Decimal(amount)} | row)

    def contact(self, customer: str | None, day: date, kind: str) -> None:
        """Note a contact."""
        key = f"shop:c{next(self._numbers):06}"
        row = {"contact_id": key, "customer_id": customer, "contacted_at": noon(day), "kind": kind}
        self._add("contacts", (key,), row)

    def cost(self, customer: str, day: date, kind: str, amount: Money) -> None:
        """Note a cost booked to a customer."""
        key = f"shop:k{next(self._numbers):06}"
        row = {"customer_id": customer, "incurred_on": day, "kind": kind, "cost_amount": Decimal(amount)}
        self._add("customer_costs", (key,), {"cost_id": key} | row)

    def activity(self, month: date, activity: str, driver: str, amount: Money, group: str) -> None:
        """Note the pool of an activity."""
        row: Row = {"driver": driver, "cost_amount": Decimal(amount), "activity_group": group}
        row |= {"cost_month": month, "activity": activity, "is_value_adding": True, "is_fixed": False}
        self._add("activity_costs", (str(month), activity), row)

    def marketing(self, month: date, channel: str, amount: Money) -> None:
        """Note what a channel cost."""
        row = {"cost_month": month, "channel": channel, "cost_amount": Decimal(amount)}
        self._add("marketing_costs", (str(month), channel), row)

    def _add(self, entity: str, key: tuple[str, ...], row: Row) -> None:
        self.changes.append((entity, key, row))


def noon(day: date) -> datetime:
    """Return the noon of a day."""
    return datetime(day.year, day.month, day.day, 12)

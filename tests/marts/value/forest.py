"""Referrals of many customers and what they bring, written straight into the tables that are read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from evergreen.warehouse.connections import Warehouse
from marts.building import run_dbt

NETWORKS = ("int_value__referrals", "int_value__referral_leaps", "int_value__referrers")
NETWORKS += ("int_value__referral_months",)
READ = ("int_value__relationships", "int_value__customer_months")
AS_OF = {"as_of_date": "2024-12-31", "active_sources": []}

Referral = tuple[str, str | None]
Brought = tuple[str, date, int]


class Forest:
    """Builds networks of referrals in a warehouse of its own."""

    def __init__(self, warehouse: Warehouse, target: Path) -> None:
        self.warehouse, self.target = warehouse, target
        run_dbt(warehouse, target, ["+int_value__customer_months", "+int_value__referral_months"], AS_OF)

    def build(self, referrals: Iterable[Referral], brought: Iterable[Brought]) -> None:
        """Build the networks of customers and referrers; `brought` is net revenue by customer and month."""
        with self.warehouse.connect("transformer") as connection, connection.cursor() as cursor:
            cursor.execute("truncate intermediate.int_value__relationships")
            cursor.execute("truncate intermediate.int_value__customer_months")
            statement = (
                "copy intermediate.int_value__relationships (customer_id, referred_by_customer_id) from stdin"
            )
            with cursor.copy(statement) as copy:
                for referral in referrals:
                    copy.write_row(referral)
            statement = (
                "copy intermediate.int_value__customer_months (customer_id, month, net_revenue,"
                " cost_of_goods, cost_to_serve, acquisition_cost) from stdin"
            )
            with cursor.copy(statement) as copy:
                for customer, month, revenue in brought:
                    copy.write_row((customer, month, revenue, 1, 0, 0))
        run_dbt(self.warehouse, self.target, NETWORKS, AS_OF)

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """Return the rows of a statement on the intermediate schema."""
        with self.warehouse.connect("transformer") as connection:
            connection.execute("set search_path = intermediate")
            return connection.execute(statement.encode()).fetchall()

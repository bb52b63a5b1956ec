"""A warehouse whose facts are lives, as known at the end of a day, and the lifecycle built on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from psycopg import sql

from evergreen.warehouse.connections import Warehouse
from marts.building import run_dbt
from marts.lifecycle.lives import Life, Order, until

RETENTION = ("path:models/intermediate/retention", "int_customers__totalled", "path:models/marts/retention")
LIFECYCLE = (
    *("path:models/intermediate/retention", "path:models/intermediate/lifecycle"),
    "path:models/marts/lifecycle",
)
EVERYTHING_READ = tuple(f"+{path}" for path in (*LIFECYCLE, *RETENTION))
LIMITS = {
    "danger_limit": "danger",
    "termination_limit": "termination",
    "interruption_limit": "interruption",
    "ended_limit": "ended",
    "population_gap": "population_gap",
    "prior_gaps": "prior_gaps",
}


@dataclass
class House:
    """Facts and lifecycle marts in a database of their own."""

    warehouse: Warehouse
    target: Path

    def prepare(self) -> None:
        """Make all relations, empty; no source is active."""
        self._dbt(EVERYTHING_READ, date(2024, 1, 1))
        with self.warehouse.connect("transformer") as connection:
            connection.execute("create table input_layer.lives as table input_layer.customers")
            connection.execute("alter table input_layer.customers rename to customers_of_no_source")
            connection.execute("create view input_layer.customers as table input_layer.lives")

    def build(self, lives: Iterable[Life], as_of: date, **configured: object) -> None:
        """Compute the lifecycle as of a day; `configured` are vars without their prefix `lifecycle_`."""
        known = [life for life in (until(life, as_of) for life in lives) if life]
        self._fill("input_layer", "lives", [_customer(life) for life in known])
        self._fill("core", "orders", [row for life in known for row in _orders(life)])
        self._fill("core", "refunds", [row for life in known for row in _refunds(life)])
        self._fill("core", "contacts", [row for life in known for row in _contacts(life)])
        self._fill("core", "survey_answers", [row for life in known for row in _answers(life)])
        self._dbt(LIFECYCLE, as_of, **configured)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement; marts are found without their schema."""
        with self.warehouse.connect("transformer") as connection:
            connection.execute("set search_path = marts_candidate, intermediate, kept")
            return connection.execute(statement).fetchall()

    def limits(self) -> dict[str, Decimal]:
        """Return the published parameter set."""
        return dict(self.query("select limit_name, value from lifecycle_limits"))

    def as_configuration(self) -> dict[str, float]:
        """Return what fixes the parameters at their present values."""
        limits = self.limits()
        return {name: float(limits[limit]) for name, limit in LIMITS.items()}

    def _dbt(self, select: Sequence[str], as_of: date, **configured: object) -> None:
        given = {f"lifecycle_{name}": value for name, value in configured.items()}
        variables = {"as_of_date": as_of.isoformat(), "active_sources": []} | given
        run_dbt(self.warehouse, self.target, select, variables)

    def _fill(self, schema: str, table: str, rows: list[dict[str, Any]]) -> None:
        with self.warehouse.connect("transformer") as connection:
            connection.execute(sql.SQL("delete from {}").format(sql.Identifier(schema, table)))
            if not rows:
                return
            release = {"_from_release": 1} if schema == "core" else {}
            names = list(rows[0] | release)
            statement = sql.SQL("copy {} ({}) from stdin").format(
                sql.Identifier(schema, table), sql.SQL(", ").join(map(sql.Identifier, names))
            )
            with connection.cursor().copy(statement) as copy:
                for row in rows:
                    copy.write_row([(row | release)[name] for name in names])


def _customer(life: Life) -> dict[str, Any]:
    return {"customer_id": life.customer_id, "known_since": life.known_at}


def _orders(life: Life) -> list[dict[str, Any]]:
    return [
        {
            "order_id": f"{life.customer_id}:{number}",
            "source": "shop",
            "customer_id": life.customer_id,
            "order_number": number,
            "days_since_previous_order": None if number == 1 else (order.at.date() - before.at.date()).days,
            "gross_revenue": order.amount,
            "discount_amount": 0,
            "cost_of_goods": 0,
            "ordered_at": order.at,
            "ordered_on": order.at.date(),
        }
        for number, (before, order) in enumerate(_pairs(sorted(life.orders, key=lambda order: order.at)), 1)
    ]


def _pairs(items: Sequence[Order]) -> Iterable[tuple[Order, Order]]:
    return zip([*items[:1], *items], items, strict=False)


def _refunds(life: Life) -> list[dict[str, Any]]:
    first = min((order.at for order in life.orders), default=None)
    return [
        {
            "refund_id": f"{life.customer_id}:r{number}",
            "customer_id": life.customer_id,
            "refund_amount": refund.amount,
            "is_assigned_to_cohort": first is not None and refund.at >= first,
            "refunded_at": refund.at,
            "refunded_on": refund.at.date(),
        }
        for number, refund in enumerate(life.refunds)
    ]


def _contacts(life: Life) -> list[dict[str, Any]]:
    told = [
        *((notice.given_at, "termination_notice", None, notice.effective_at) for notice in life.notices),
        *((at, "withdrawal", None, None) for at in life.withdrawals),
        *((complaint.at, "complaint", complaint.resolved_at, None) for complaint in life.complaints),
    ]
    return [
        {
            "contact_id": f"{life.customer_id}:c{number}",
            "customer_id": life.customer_id,
            "kind": kind,
            "contacted_at": at,
            "contacted_on": at.date(),
            "resolved_at": resolved_at,
            "effective_at": effective_at,
        }
        for number, (at, kind, resolved_at, effective_at) in enumerate(told)
    ]


def _answers(life: Life) -> list[dict[str, Any]]:
    return [
        {
            "response_id": f"{life.customer_id}:s{number}",
            "item_code": "AP01",
            "customer_id": life.customer_id,
            "item_role": "overall",
            "score_100": score,
            "submitted_at": at,
            "submitted_on": at.date(),
        }
        for number, (at, score) in enumerate(life.scores)
    ]

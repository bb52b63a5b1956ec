"""A warehouse whose facts are orders alone, as a candidate has them, and the predictions made from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from evergreen.orchestration.predictions import predict_candidate
from evergreen.warehouse import migrate
from evergreen.warehouse.connections import Warehouse
from marts.building import run_dbt

MARTS = ("value_model_fits", "value_model_segments", "value_model_holdout", "churn_calibration")
MARTS += ("int_value__predictions",)
EVERYTHING_READ = tuple(f"+{name}" for name in ("int_prediction__histories", *MARTS))
COST_RATE = Decimal("0.6")
# what follows from the facts, before and after the models are asked
HISTORIES = (
    "path:models/intermediate/retention",
    "+int_prediction__histories,path:models/intermediate/lifecycle",
    "path:models/intermediate/prediction",
)


@contextmanager
def opened(server: Warehouse, target: Path) -> Iterator[Shop]:
    """Make an empty shop in a database of its own, dropped afterwards."""
    name = f"shop_{target.name}".replace("-", "_").lower()
    with server.connect("admin", autocommit=True) as admin:
        admin.execute(f"create database {name} template template0")
    warehouse = Warehouse(server.parameters("admin") | {"dbname": name}, embedded=False)
    try:
        migrate.apply(warehouse)
        shop = Shop(warehouse, target)
        shop.prepare()
        yield shop
    finally:
        with server.connect("admin", autocommit=True) as admin:
            admin.execute(f"drop database {name} with (force)")
            for role in ("loader", "transformer", "reader", "steward"):
                admin.execute(f"drop role if exists {name}_{role}")


@dataclass
class Shop:
    """Orders and predictions in a database of their own."""

    warehouse: Warehouse
    target: Path
    release_id: int = 0

    def prepare(self) -> None:
        """Make all relations, empty; no source is active."""
        self._dbt(EVERYTHING_READ, {"as_of_date": "2024-01-01"})
        with self.warehouse.connect("transformer") as connection:
            connection.execute("create table input_layer.known as table input_layer.customers")
            connection.execute("alter table input_layer.customers rename to customers_of_no_source")
            connection.execute("create view input_layer.customers as table input_layer.known")

    def know(self, segments: Mapping[str, str | None]) -> None:
        """Know customers by the segments that a source tells of them."""
        with self.warehouse.connect("transformer") as connection:
            connection.execute("delete from input_layer.known")
            connection.cursor().executemany(
                "insert into input_layer.known (customer_id, segment) values (%s, %s)", list(segments.items())
            )

    def sell(self, customer: Any, day: Any, value: Any) -> None:
        """Take one order per row (n,), in any order: customers, days as datetime64, values."""
        who, days = np.asarray(customer).astype(str), np.asarray(day).astype("datetime64[D]")
        amounts = np.asarray(value)
        order = np.lexsort((days, who))
        with self.warehouse.connect("transformer") as connection:
            connection.execute("delete from core.orders")
            statement = (
                "copy core.orders (order_id, source, customer_id, order_number, days_since_previous_order,"
                " gross_revenue, discount_amount, cost_of_goods, ordered_at, ordered_on, _from_release)"
                " from stdin"
            )
            with connection.cursor().copy(statement) as copy:
                before, number = -1, 0
                for row in order:
                    number = number + 1 if before >= 0 and who[before] == who[row] else 1
                    gap = None if number == 1 else int((days[row] - days[before]).astype(int))
                    on, cost = str(days[row]), Decimal(str(amounts[row])) * COST_RATE
                    copy.write_row(
                        (f"o{row}", "shop", who[row], number, gap, amounts[row], 0, cost, on, on, 1)
                    )
                    before = row

    def release(self, as_of: date, **configured: object) -> dict[str, int]:
        """Predict as of a day, and build the marts; `configured` are vars without `prediction_`."""
        with self.warehouse.connect("transformer") as connection:
            connection.execute("delete from audit.candidate")
            found = connection.execute(
                "insert into audit.candidate (generation, as_of_date, through_promotion, is_full)"
                " values (1, %s, 0, true) returning release_id",
                [as_of],
            ).fetchone()
        assert found
        self.release_id = found[0]
        given = {"as_of_date": as_of.isoformat()} | {f"prediction_{k}": v for k, v in configured.items()}
        self._dbt(HISTORIES, given)
        done = predict_candidate(self.warehouse, self.release_id)
        self._dbt(MARTS, given)
        return done

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Return the rows of a statement; marts are found without their schema."""
        from psycopg.rows import dict_row

        with self.warehouse.connect("transformer", row_factory=dict_row) as connection:
            connection.execute("set search_path = marts_candidate, intermediate, kept, predictions")
            return connection.execute(statement.encode()).fetchall()

    def _dbt(self, select: tuple[str, ...], given: dict[str, object]) -> None:
        variables = {"active_sources": []} | given
        run_dbt(self.warehouse, self.target, select, variables)

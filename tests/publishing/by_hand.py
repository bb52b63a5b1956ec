"""Candidates built by hand, as dbt would: a fact `orders` in core and a mart `totals`."""

from __future__ import annotations

from datetime import date

from evergreen.publishing.candidate import SCHEMA, Candidate, open_candidate, settle
from evergreen.publishing.publish import Published, publish
from evergreen.warehouse.connections import Warehouse


def promote(warehouse: Warehouse) -> None:
    """Let something new be promoted."""
    with warehouse.connect("loader") as connection:
        connection.execute("insert into audit.promotions (source) values ('shop')")


def build(
    warehouse: Warehouse, amount: int, *, as_of: date = date(2026, 1, 31), columns: str = "amount"
) -> Candidate:
    """Open a candidate in which order A has this amount, in the fact as in the mart `totals`."""
    opened = open_candidate(warehouse, ["shop"], "configuration")
    candidate = settle(warehouse, opened.release_id, as_of)
    assert candidate is not None
    with warehouse.connect("transformer") as connection:
        number = candidate.release_id
        connection.execute("update core.orders set _to_release = %s where _to_release is null", [number])
        connection.execute("insert into core.orders values ('A', %s, null, %s, null)", [amount, number])
        connection.execute(
            f"create table {SCHEMA}.totals as "
            f"select {columns} from (select {amount} as amount, 'EUR' as currency) as t"
        )
    return candidate


def release(warehouse: Warehouse, amount: int, **more: object) -> Published:
    """Build and publish."""
    promote(warehouse)
    return publish(warehouse, build(warehouse, amount, **more).release_id)  # type: ignore[arg-type]

"""The key of a step that its index holds: the test asks the database, and fails where it does not hold it."""

from __future__ import annotations

import pytest

from marts.building import run_dbt
from marts.world import SOURCE, World

STEP = "int_retention__customer_days"


@pytest.mark.parametrize(
    ("index", "rows", "holds"),
    [
        ("create unique index", "('a', '2026-01-01'), ('a', '2026-01-02'), ('b', '2026-01-01')", True),
        ("create unique index", "('a', '2026-01-01'), (null, '2026-01-02')", False),
        ("create unique index", "('a', '2026-01-01'), ('a', null)", False),
        ("create index", "('a', '2026-01-01')", False),
        ("create index", "('a', '2026-01-01'), ('a', '2026-01-01')", False),
    ],
)
def test_a_held_key_is_asked_for(world: World, index: str, rows: str, holds: bool) -> None:
    with world.warehouse.connect("transformer") as connection:
        connection.execute(f"drop table if exists kept.{STEP}")
        connection.execute(f"create table kept.{STEP} (customer_id text, day date)")
        connection.execute(f"insert into kept.{STEP} values {rows}")
        connection.execute(f"{index} on kept.{STEP} (customer_id, day)")
    chosen = (f"{STEP},test_name:primary_key",)
    try:
        run_dbt(world.warehouse, world.target, chosen, {"active_sources": [SOURCE]}, "test")
    except AssertionError as error:
        assert not holds and f"primary_key_{STEP}" in str(error)
    else:
        assert holds

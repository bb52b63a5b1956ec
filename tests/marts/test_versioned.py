"""Facts grown release by release equal facts built from nothing, whatever happened on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from evergreen.publishing.publish import publish, rollback
from evergreen.warehouse.connections import Warehouse
from marts.histories import History
from marts.world import FACT_KEYS, FACTS, MART_KEYS, MARTS, OtherWorlds, Row, World

# more of them when the way facts grow has been changed
HISTORIES = int(os.environ.get("EVERGREEN_TEST_HISTORIES", "1"))


def built_from_nothing(world: World, worlds: OtherWorlds, as_of: date, select: tuple[str, ...]) -> World:
    """Return a second world that got everything at once and was built once."""
    other = worlds.make()
    other.variables = world.variables
    other.promote((entity, key, row) for entity, rows in world.rows.items() for key, row in rows.items())
    other.release(as_of, select)
    return other


def assert_equal_relations(world: World, other: World, relations: list[str], when: str) -> None:
    for relation in relations:
        assert world.dump_release(relation) == other.dump_release(relation), f"{relation} {when}"


@pytest.mark.parametrize("seed", range(1, HISTORIES + 1))
def test_grown_facts_equal_facts_built_from_nothing(
    seed: int, world: World, other_worlds: OtherWorlds
) -> None:
    history = History(world, seed)
    world.promote(history.first())
    world.release(history.today)

    for step in range(5):
        before = {fact: world.dump_release(fact) for fact in FACT_KEYS}
        for _ in range(history.random.choice([1, 2])):
            world.promote(history.some(history.random.choice([1, 3, 12])))
        history.today += timedelta(days=history.random.choice([0, 1, 3]))
        # months that nothing touched are those of the live release's marts: of step 2, gone back to
        select = MARTS if step in (2, 4) else FACTS

        if step == 1:  # built, not published: the next candidate undoes it
            world.build(world.open(history.today))
        if step == 2:  # a build of everything finds the differences itself
            world.release(history.today, select, full_refresh=True)
        else:
            candidate = world.open(history.today)
            assert not candidate.is_full
            world.build(candidate, select)
            if step == 0:  # the task is repeated
                world.build(candidate)
            publish(world.warehouse, candidate.release_id)

        other = built_from_nothing(world, other_worlds, history.today, select)
        relations = [*FACT_KEYS, *(MART_KEYS if select == MARTS else [])]
        assert_equal_relations(world, other, relations, f"in step {step}")

        if step == 3:  # readers get what they had, and the next build starts from there
            rollback(world.warehouse)
            assert {fact: world.dump_release(fact) for fact in FACT_KEYS} == before


def order(key: str, customer: str | None, day: int) -> Row:
    return {
        "order_id": f"shop:{key}",
        "customer_id": customer,
        "ordered_at": datetime(2024, 1, day),
        "status": "paid",
    }


def versions(world: World, fact: str) -> list[tuple[object, ...]]:
    """Return key, customer, and the releases of all versions of a fact."""
    with world.warehouse.connect("transformer") as connection:
        return connection.execute(
            f"select order_id, customer_id, _from_release, _to_release from core.{fact} order by 1, 3"
        ).fetchall()


def test_a_row_keeps_its_version_until_it_changes(world: World) -> None:
    kept, moved, gone = order("kept", "A", 2), order("moved", "B", 2), order("gone", "C", 2)
    world.promote([("orders", (row["order_id"],), row) for row in (kept, moved, gone)])
    first = world.release(date(2024, 1, 31))

    world.promote(
        [
            ("orders", ("shop:moved",), moved | {"customer_id": "A"}),
            ("orders", ("shop:gone",), None),
            ("orders", ("shop:new",), order("new", None, 3)),
        ]
    )
    second = world.release(date(2024, 1, 31))

    assert versions(world, "orders") == [
        ("shop:gone", "C", first, second),
        ("shop:kept", "A", first, None),
        ("shop:moved", "B", first, second),
        ("shop:moved", "A", second, None),
        ("shop:new", None, second, None),
    ]


def test_nothing_changes_without_a_change(world: World) -> None:
    world.promote([("orders", ("shop:o",), order("o", "A", 2))])
    world.release(date(2024, 1, 30))
    before = versions(world, "orders")

    world.release(date(2024, 1, 31))
    world.release(date(2024, 1, 31), full_refresh=True)

    assert versions(world, "orders") == before


def test_an_order_ahead_of_the_as_of_date_comes_with_its_day(world: World) -> None:
    world.promote([("orders", ("shop:o",), order("o", "A", 5)), ("orders", ("shop:g",), order("g", None, 5))])
    world.release(date(2024, 1, 4))
    assert versions(world, "orders") == []

    fifth = world.release(date(2024, 1, 5))
    assert versions(world, "orders") == [("shop:g", None, fifth, None), ("shop:o", "A", fifth, None)]


def test_a_build_of_changes_refuses_a_fact_that_is_not_there(world: World) -> None:
    world.promote([("orders", ("shop:o",), order("o", "A", 2))])
    world.release(date(2024, 1, 30))
    with world.warehouse.connect("transformer") as connection:
        connection.execute("drop view marts.contacts; drop table core.contacts")
    candidate = world.open(date(2024, 1, 31))

    with pytest.raises(AssertionError, match=r"contacts.* does not exist yet"):
        world.build(candidate)


@pytest.mark.parametrize(
    "query",
    [
        "select * from marts.orders where order_id = 'shop:o'",
        "select * from marts.orders where customer_id = 'A'",
        "select * from marts.order_lines where customer_id = 'A'",
        # what builds ask; two collations would forbid it
        "select * from core.orders where _to_release is null"
        " and customer_id in (select customer_id from intermediate.int_changes__customers)",
        "select * from core.order_lines where _to_release is null"
        " and order_id in (select order_id from intermediate.int_changes__orders)",
    ],
)
def test_indexes_answer(query: str, built: World) -> None:
    with built.warehouse.connect("transformer") as connection:
        connection.execute("set local enable_seqscan = off")
        plan = "\n".join(line for (line,) in connection.execute(f"explain {query}"))
    assert "Index" in plan
    assert "Seq Scan on order" not in plan


@pytest.fixture(scope="module")
def built(session_warehouse: Warehouse, dbt_target: Path) -> Iterator[World]:
    """A world with one order, built twice, for tests that only look."""
    worlds = OtherWorlds(session_warehouse, dbt_target)
    world = worlds.make()
    world.promote([("orders", ("shop:o",), order("o", "A", 2))])
    world.release(date(2024, 1, 30))
    world.promote([("orders", ("shop:o",), order("o", "B", 2))])
    world.release(date(2024, 1, 31))
    yield world
    worlds.drop()

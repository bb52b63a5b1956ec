"""A build of what changed judges keys and values of what changed; a build of everything judges them all."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from marts.building import run_dbt
from marts.world import FACTS, KEPT, SOURCE, Row, World

KEY_TEST = "primary_key_input_layer__orders_order_id"
ANSWER_KEY_TEST = "primary_key_input_layer__survey_answers_response_id__item_code"
VALUE_TEST = "accepted_values_input_layer__orders_status__placed__paid__shipped__delivered__cancelled"
FIRST, SECOND = date(2024, 3, 10), date(2024, 3, 11)


def order(number: int, status: str = "paid") -> Row:
    """An order of a customer of its own."""
    day = datetime(2024, 3, number)
    return {
        "order_id": f"shop:{number}",
        "customer_id": f"customer {number}",
        "ordered_at": day,
        "status": status,
    }


def failing(world: World) -> set[str]:
    """Return which tests of the orders and answers fail in the open candidate."""
    try:
        run_dbt(
            world.warehouse,
            world.target,
            (
                "+int_changes__customers,path:models/intermediate/changes",
                KEY_TEST,
                VALUE_TEST,
                ANSWER_KEY_TEST,
            ),
            {"active_sources": [SOURCE], "reconcile": False},
            "build",
        )
    except AssertionError as error:
        return {line.partition(":")[0] for line in str(error).splitlines()}
    return set()


@pytest.mark.parametrize("is_full", [False, True])
def test_what_changed_is_judged(world: World, is_full: bool) -> None:
    world.promote(("orders", (f"shop:{number}",), order(number)) for number in (1, 2, 3))
    world.release(FIRST, FACTS)
    with world.warehouse.connect("transformer") as connection:  # behind the back of loading
        connection.execute("update input_layer.world_orders set status = 'lost' where order_id = 'shop:1'")
    # kept beside the other version of it
    world.promote([("orders", ("another shop:2",), order(2, "shipped"))])
    candidate = world.open(SECOND, full_refresh=is_full)
    assert candidate.is_full == is_full
    assert failing(world) == ({KEY_TEST, VALUE_TEST} if is_full else {KEY_TEST})
    world.promote([("orders", ("shop:3",), order(3, "found"))])
    world.open(SECOND, full_refresh=is_full)
    assert failing(world) == {KEY_TEST, VALUE_TEST}


@pytest.mark.parametrize("is_full", [False, True])
def test_answers_are_judged_with_their_customer(world: World, is_full: bool) -> None:
    answer = {"response_id": "shop:s", "item_code": "i"}
    response = {"response_id": "shop:s", "customer_id": "customer 1", "submitted_at": datetime(2024, 3, 1)}
    world.promote([("survey_responses", ("shop:s",), response), ("survey_answers", ("shop:s", "i"), answer)])
    world.release(FIRST, FACTS)
    with world.warehouse.connect("transformer") as connection:  # behind the back of loading
        connection.execute(
            "insert into input_layer.world_survey_answers table input_layer.world_survey_answers"
        )
    world.promote([("orders", ("shop:2",), order(2))])
    world.open(SECOND, full_refresh=is_full)
    assert failing(world) == ({ANSWER_KEY_TEST} if is_full else set())
    world.promote([("orders", ("shop:1",), order(1))])
    world.open(SECOND, full_refresh=is_full)
    assert failing(world) == {ANSWER_KEY_TEST}


def test_spells_told_anew_are_judged(world: World) -> None:
    for number in (1, 2):
        bought = order(number)
        key = f"customer {number}"
        known = {"customer_id": key, "known_since": bought["ordered_at"]}
        world.promote([("orders", (f"shop:{number}",), bought), ("customers", (key,), known)])
    world.release(FIRST, KEPT)
    world.promote([("orders", ("shop:1",), order(1, "shipped"))])
    world.build(world.open(SECOND), KEPT)

    assert spells_fail(world, "customer 1")
    assert not spells_fail(world, "customer 2")
    with world.warehouse.connect("transformer") as connection:  # as where everybody is told anew
        connection.execute("truncate intermediate.int_lifecycle__retold")
    assert spells_fail(world, "customer 2")


def spells_fail(world: World, customer_id: str) -> bool:
    """Tell whether the test finds spells of a customer that are there twice."""
    name = "kept.int_lifecycle__foreseen_spells"
    with world.warehouse.connect("transformer") as connection:
        twice = connection.execute(
            f"insert into {name} select * from {name} where customer_id = %s returning ctid", [customer_id]
        ).fetchall()
    assert twice
    chosen = ("int_lifecycle__foreseen_spells,test_name:primary_key",)
    try:
        run_dbt(world.warehouse, world.target, chosen, {"active_sources": [SOURCE]}, "test")
    except AssertionError as error:
        assert "primary_key_int_lifecycle__foreseen_spells" in str(error)
        return True
    finally:
        with world.warehouse.connect("transformer") as connection:
            connection.execute(
                f"delete from {name} where ctid = any(%s::tid[])", [[place for (place,) in twice]]
            )
    return False

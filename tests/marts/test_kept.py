"""Steps that one build leaves to the next equal steps built from nothing; no other build takes them over."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from evergreen.publishing.publish import publish, rollback
from marts.histories import History
from marts.test_versioned import built_from_nothing
from marts.world import EVERYTHING, KEPT, Change, OtherWorlds, Row, World

# more of them when a step is kept that was not before
HISTORIES = int(os.environ.get("EVERGREEN_TEST_HISTORIES", "1"))
STEPS = 5
NOTICES = {"notice_given", "notice_in_effect"}
REASONS = "select reason_code from intermediate.int_lifecycle__spells"
FIRST, SECOND = date(2024, 1, 30), date(2024, 1, 31)
MARK = """
update kept.int_retention__customer_days set sales_amount = 1234;
update marts.customer_activity_drivers set orders = 1234
"""

SHORT_WINDOWS = {"lifecycle_window_intervals": 0.5}  # to be full in a short history
FIXED = {"danger_limit": 1.5, "termination_limit": 2, "interruption_limit": 3, "ended_limit": 4}
FIXED_LIMITS = {f"lifecycle_{name}": value for name, value in FIXED.items()} | {
    "lifecycle_population_gap": 9,
    "lifecycle_prior_gaps": 1,
}


# of the many months of a long history, most are not touched by the next few changes
@pytest.mark.parametrize(("limits", "days"), [({}, 300), (FIXED_LIMITS, 40)], ids=["calibrated", "fixed"])
@pytest.mark.parametrize("seed", range(1, HISTORIES + 1))
def test_kept_steps_equal_steps_built_from_nothing(
    seed: int, limits: dict[str, float], days: int, world: World, other_worlds: OtherWorlds
) -> None:
    """Calibrated limits change with nearly every change of so small a shop, fixed ones never."""
    world.variables = SHORT_WINDOWS | limits
    history = History(world, seed, days)
    world.promote(history.first())
    world.promote(history.some(days // 3))
    world.release(history.today, KEPT)
    never_seen = set(world.dump_kept()) | NOTICES

    for step in range(STEPS):
        promotions = history.random.choice([0, 1, 1, 2, 2])
        for _ in range(promotions):
            world.promote(history.some(history.random.choice([1, 3, 12])))
        # with nothing new, days pass; in some of them a month ends, and what was foreseen comes
        history.today += timedelta(days=history.random.choice([0 if promotions else 1, 1, 3, 20]))
        select = EVERYTHING if step == STEPS - 1 else KEPT

        if step == 1:  # built, not published: the next candidate may not go on with it
            world.build(world.open(history.today), select)
        candidate = world.open(history.today)
        assert not candidate.is_full
        world.build(candidate, select)
        if step == 0:  # the task is repeated
            world.build(candidate, select)
        publish(world.warehouse, candidate.release_id)

        if step % 2 == 0:  # what is wrong stays wrong until it is touched, and to compare costs a build more
            found = world.dump_kept()
            other_world = built_from_nothing(world, other_worlds, history.today, select)
            assert_equal_rows(found, other_world.dump_kept(), f"in step {step}")
            assert_equal_rows(world.dump_marts(), other_world.dump_marts(), f"in step {step}")
            never_seen -= {name for name, rows in found.items() if rows}
            never_seen -= {reason for (reason,) in world.query(REASONS)}

        if step == 2:  # the next build starts from the release before, whose steps are gone
            rollback(world.warehouse)
    assert never_seen == set()


def assert_equal_rows(found: dict[str, list[str]], other: dict[str, list[str]], when: str) -> None:
    assert found.keys() == other.keys()
    for name, rows in found.items():
        assert rows == other[name], f"{name} {when}"


def a_shop(world: World) -> None:
    """Publish a release of two customers."""
    world.promote(order("a", "A", 2))
    world.promote(order("b", "B", 3))
    world.release(FIRST, KEPT)


def order(key: str, customer_id: str, day: int, month: int = 1) -> list[Change]:
    """Return the order with a line of 10."""
    at = datetime(2024, month, day)
    row: Row = {"order_id": f"shop:{key}", "customer_id": customer_id, "ordered_at": at}
    line = {"order_id": f"shop:{key}", "line_key": "1", "line_amount": 10, "quantity": 1}
    return [
        ("orders", (row["order_id"],), row | {"status": "paid"}),
        ("order_lines", (row["order_id"], "1"), line),
    ]


def sales(world: World) -> dict[str, int]:
    found = world.query(
        "select customer_id, sum(sales_amount) from kept.int_retention__customer_days group by 1"
    )
    return {customer: int(amount) for customer, amount in found}


def mark(world: World) -> None:
    """Tell rows that are taken over from those computed anew."""
    with world.warehouse.connect("transformer") as connection:
        connection.execute(MARK)


def test_a_day_computes_the_touched_anew(world: World) -> None:
    a_shop(world)
    mark(world)

    world.promote(order("c", "B", 4))
    world.release(SECOND, KEPT)

    assert sales(world) == {"A": 1234, "B": 20}
    # a step that holds a mart fast keeps a rollback from taking it away
    assert not world.query(
        "select view_name from information_schema.view_table_usage"
        " where view_schema = 'intermediate' and table_schema = 'marts'"
    )


def handling(month: int, amount: str) -> list[Change]:
    """Return the cost of handling orders in a month."""
    row = {"cost_month": date(2024, month, 1), "activity": "handling", "activity_group": "service"}
    cost = {"driver": "orders", "cost_amount": Decimal(amount)}
    return [("activity_costs", (str(row["cost_month"]), "handling"), row | cost)]


def charges(world: World) -> dict[tuple[int, str], tuple[int, str]]:
    """Return orders and charge by month and customer."""
    found = world.query(
        "select month, customer_id, orders, activity_cost::text from marts.customer_activity_drivers"
    )
    return {(month.month, customer): (orders, cost) for month, customer, orders, cost in found}


def three_months(world: World) -> None:
    """Publish a release whose months have an order each, the last two a cost of handling it."""
    for month in (1, 2, 3):
        world.promote(order(f"a{month}", "A", 2, month))
    world.promote(handling(2, "5") + handling(3, "5"))
    world.release(date(2024, 3, 31), KEPT)


@pytest.mark.parametrize(
    ("changes", "touched"),
    [
        (order("b", "B", 9, month=2), {(2, "A"): (1, "2.50"), (2, "B"): (1, "2.50")}),
        (handling(2, "6"), {(2, "A"): (1, "6.00")}),
        (handling(2, "5.000"), {(2, "A"): (1, "5.000")}),
        ([("activity_costs", ("2024-02-01", "handling"), None)], {(2, "A"): (1, None)}),
        ([("orders", ("shop:a2",), None)], {}),
    ],
    ids=["an order", "a cost", "a cost of other bytes", "a cost that goes", "an order that goes"],
)
def test_a_day_computes_the_touched_months_anew(
    changes: list[Change], touched: dict[tuple[int, str], tuple[int, str]], world: World
) -> None:
    three_months(world)
    mark(world)

    world.promote(changes)
    world.release(date(2024, 4, 1), KEPT)

    assert charges(world) == {(1, "A"): (1234, None), (3, "A"): (1234, "5.00")} | touched


def test_what_is_told_in_advance_touches_its_month_when_it_comes(world: World) -> None:
    three_months(world)
    world.promote(order("b", "B", 1, month=4) + handling(4, "7"))
    world.release(date(2024, 3, 31), KEPT)
    assert (4, "B") not in charges(world)
    mark(world)

    world.release(date(2024, 4, 1), KEPT)

    assert charges(world)[4, "B"] == (1, None)
    assert charges(world)[3, "A"] == (1234, "5.00")


def test_a_month_is_charged_once_it_has_ended(world: World) -> None:
    three_months(world)
    world.promote(order("b", "B", 1, month=4) + handling(4, "7"))
    world.release(date(2024, 4, 28), KEPT)
    mark(world)
    world.release(date(2024, 4, 29), KEPT)
    assert charges(world)[4, "B"] == (1234, None)

    world.release(date(2024, 4, 30), KEPT)

    assert charges(world)[4, "B"] == (1, "7.00")
    assert charges(world)[3, "A"] == (1234, "5.00")


@pytest.mark.parametrize(
    "how",
    [
        *("of everything", "of another configuration"),
        *("after one that was given up", "after a rollback", "after a crash"),
    ],
)
def test_nothing_is_taken_over(how: str, world: World) -> None:
    a_shop(world)
    mark(world)
    world.promote(order("c", "B", 4))
    if how == "of another configuration":
        world.variables = {"default_margin_rate": 0.5}
    if how == "after one that was given up":
        world.build(world.open(SECOND), KEPT)
        mark(world)
    if how == "after a rollback":
        world.release(SECOND, KEPT)
        mark(world)
        rollback(world.warehouse)
    if how == "after a crash":  # which empties what is unlogged
        with world.warehouse.connect("transformer") as connection:
            connection.execute("truncate kept._belong_to, kept.int_retention__customer_days")

    world.release(SECOND, KEPT, full_refresh=how == "of everything")

    assert sales(world) == {"A": 10, "B": 20}
    assert charges(world) == {(1, "A"): (1, None), (1, "B"): (2, None)}


def test_a_refund_goes_to_the_owner_of_its_order_on_its_day(world: World) -> None:
    a_shop(world)
    world.promote(
        [
            *order("late", "B", 31),
            (
                "refunds",
                ("shop:r",),
                {
                    "refund_id": "shop:r",
                    "customer_id": "A",
                    "order_id": "shop:late",
                    "refunded_at": datetime(2024, 1, 10),
                    "refund_amount": 4,
                },
            ),
        ]
    )
    refunded = "select customer_id from kept.int_retention__customer_days where refund_amount > 0"
    world.release(FIRST, KEPT)
    assert world.query(refunded) == [("A",)]

    world.release(SECOND, KEPT)

    assert world.query(refunded) == [("B",)]


def test_who_becomes_known_on_another_day_is_told_anew(world: World) -> None:
    """X becomes known with the day; Y, whom no source dates, as of the first known one: nobody names them."""
    known = {"X": datetime(2024, 1, 31, 9), "Y": None, "Z": datetime(2024, 1, 20)}
    world.promote(customer(key, since) for key, since in known.items())
    a_shop(world)
    assert first_days(world) == {"Y": date(2024, 1, 20), "Z": date(2024, 1, 20)}

    world.promote([customer("Z", datetime(2024, 1, 10))])
    world.release(SECOND, KEPT)

    assert first_days(world) == {"X": SECOND, "Y": date(2024, 1, 10), "Z": date(2024, 1, 10)}


def customer(key: str, known_since: datetime | None) -> Change:
    return "customers", (key,), {"customer_id": key, "known_since": known_since}


def first_days(world: World) -> dict[str, date]:
    """Return the day on which each prospect became known."""
    found = world.query(
        "select customer_id, min(valid_from) from kept.int_lifecycle__foreseen_spells"
        " where customer_id in ('X', 'Y', 'Z') group by 1"
    )
    return dict(found)


def test_all_that_is_kept_goes_with_a_crash(world: World) -> None:
    a_shop(world)

    logged = world.query(
        "select relname from pg_class where relnamespace = 'kept'::regnamespace and relkind = 'r'"
        " and relpersistence <> 'u'"
    )

    assert logged == []

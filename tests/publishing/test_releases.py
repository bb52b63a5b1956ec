"""Candidate, publication, rollback: what readers see, and what is kept."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import date

import psycopg
import pytest

from evergreen.errors import EvergreenError
from evergreen.publishing.candidate import (
    SCHEMA,
    Candidate,
    adding,
    building,
    current,
    open_candidate,
    settle,
)
from evergreen.publishing.cleaning import clean_releases, clear_steps
from evergreen.publishing.publish import publish, rollback
from evergreen.publishing.releases import releases
from evergreen.warehouse.connections import Connection, Warehouse
from publishing.by_hand import build, promote, release

AS_OF = date(2026, 1, 31)


def seen(warehouse: Warehouse) -> tuple[int, int]:
    """The amount of order A as a reader finds it in the fact and in the mart."""
    with warehouse.connect("reader") as reader:
        row = reader.execute("select orders.amount, totals.amount from orders cross join totals").fetchone()
    assert row is not None
    return row


def generations(warehouse: Warehouse) -> dict[int, tuple[int, str]]:
    return {known.release_id: (known.generation, known.state) for known in releases(warehouse)}


def test_a_candidate_is_not_seen_until_it_is_published(shop: Warehouse) -> None:
    release(shop, 1)
    promote(shop)
    candidate = build(shop, 2)
    assert seen(shop) == (1, 1)
    publish(shop, candidate.release_id)
    assert seen(shop) == (2, 2)


def test_publishing_twice_is_publishing_once(shop: Warehouse) -> None:
    first = release(shop, 1)
    assert publish(shop, first.release.release_id).rows == first.rows
    assert len(releases(shop)) == 1


def test_facts_are_shown_without_the_columns_of_the_house(shop: Warehouse) -> None:
    release(shop, 1)
    with shop.connect("reader") as reader:
        found = reader.execute("select * from orders")
        assert [column.name for column in found.description or []] == ["order_id", "amount"]


def test_an_unfinished_candidate_leaves_nothing_behind(shop: Warehouse) -> None:
    release(shop, 1)
    promote(shop)
    build(shop, 666)
    release(shop, 2)
    assert seen(shop) == (2, 2)
    with shop.connect("transformer") as connection:
        amounts = connection.execute("select amount from core.orders order by amount").fetchall()
    assert amounts == [(1,), (2,)]


def test_a_builder_notices_that_its_candidate_was_given_up(shop: Warehouse) -> None:
    first = build(shop, 1)
    build(shop, 2)
    with pytest.raises(EvergreenError, match=f"candidate {first.release_id} was given up"):
        publish(shop, first.release_id)


def test_going_back_gives_up_what_is_being_built(shop: Warehouse) -> None:
    release(shop, 1)
    release(shop, 2)
    promote(shop)
    candidate = build(shop, 3)

    rollback(shop)

    assert seen(shop) == (1, 1)
    with pytest.raises(EvergreenError, match=f"candidate {candidate.release_id} was given up"):
        publish(shop, candidate.release_id)
    release(shop, 4)
    assert seen(shop) == (4, 4)


def test_a_candidate_whose_steps_a_crash_emptied_is_lost(shop: Warehouse) -> None:
    release(shop, 1)
    promote(shop)
    candidate = build(shop, 2)
    with shop.connect("transformer") as transformer:  # what a crash does to unlogged tables
        transformer.execute("truncate kept._belong_to")

    with pytest.raises(EvergreenError, match=f"candidate {candidate.release_id} is lost: the server crashed"):
        publish(shop, candidate.release_id)
    assert seen(shop) == (1, 1)

    release(shop, 3)
    assert seen(shop) == (3, 3)


def test_nothing_new_is_no_candidate(shop: Warehouse) -> None:
    release(shop, 1)
    again = open_candidate(shop, ["shop"], "configuration")
    assert settle(shop, again.release_id, AS_OF) is None
    with shop.connect("reader") as reader:
        assert reader.execute("select count(*) from audit.candidate").fetchone() == (0,)


@pytest.mark.parametrize(
    ("sources", "configuration", "as_of", "full_refresh", "is_full"),
    [
        (["shop"], "configuration", date(2026, 2, 1), False, False),
        (["shop"], "configuration", date(2026, 1, 30), False, True),
        (["shop", "survey"], "configuration", AS_OF, False, True),
        (["shop"], "changed", AS_OF, False, True),
        (["shop"], "configuration", AS_OF, True, True),
    ],
)
def test_when_everything_is_computed_anew(
    shop: Warehouse, sources: list[str], configuration: str, as_of: date, full_refresh: bool, is_full: bool
) -> None:
    release(shop, 1)
    opened = open_candidate(shop, sources, configuration)
    candidate = settle(shop, opened.release_id, as_of, full_refresh=full_refresh)
    assert candidate is not None
    assert candidate.is_full is is_full
    assert candidate.previous_as_of_date == AS_OF


def test_the_first_release_is_full_and_later_ones_know_what_came_since(shop: Warehouse) -> None:
    assert build(shop, 1).is_full
    before = release(shop, 1).release.through_promotion
    promote(shop)
    candidate = build(shop, 2)
    assert not candidate.is_full
    assert (candidate.since_promotion, candidate.through_promotion) == (before, before + 1)


def test_live_and_previous_keep_their_generations(shop: Warehouse) -> None:
    for amount in range(5):
        release(shop, amount)
        kept = [generation for generation, state in generations(shop).values() if state != "retired"]
        assert len(kept) == len(set(kept)) >= min(amount + 1, 2)


def test_rollback_shows_fact_and_mart_of_the_release_before(shop: Warehouse) -> None:
    first, second = release(shop, 1).release, release(shop, 2).release
    assert rollback(shop).release_id == first.release_id
    assert seen(shop) == (1, 1)
    assert rollback(shop, second.release_id).release_id == second.release_id
    assert seen(shop) == (2, 2)


def test_a_release_after_a_rollback_builds_on_what_is_live(shop: Warehouse) -> None:
    release(shop, 1)
    second = release(shop, 2).release
    rollback(shop)
    third = release(shop, 3)
    assert seen(shop) == (3, 3)
    assert generations(shop)[second.release_id][1] == "retired"
    assert third.rows["orders"] == (1, 1)
    rollback(shop)
    assert seen(shop) == (1, 1)


def test_there_is_nothing_to_roll_back_to(shop: Warehouse) -> None:
    with pytest.raises(EvergreenError, match="nothing has been published"):
        rollback(shop)
    release(shop, 1)
    with pytest.raises(
        EvergreenError, match=r"a release before \d+ is not kept: besides the live one there are none"
    ):
        rollback(shop)


def test_columns_may_change_from_release_to_release(shop: Warehouse) -> None:
    release(shop, 1)
    collated = 'currency collate "C" as currency'
    for columns in (
        "amount, currency",
        f"amount, {collated}",
        "currency, amount",
        "currency as unit",
        "amount",
    ):
        release(shop, 1, columns=columns)
        with shop.connect("reader") as reader:
            found = reader.execute("select * from totals")
            wanted = [part.split()[-1] for part in columns.split(",")]
            assert [column.name for column in found.description or []] == wanted
    rollback(shop)
    with shop.connect("reader") as reader:
        assert reader.execute("select unit from totals").fetchone() == ("EUR",)


def test_a_mart_that_is_no_more_disappears(shop: Warehouse) -> None:
    promote(shop)
    candidate = build(shop, 1)
    with shop.connect("transformer") as connection:
        connection.execute(f"create table {SCHEMA}.passing (a integer)")
    publish(shop, candidate.release_id)
    release(shop, 2)
    with shop.connect("reader") as reader, pytest.raises(psycopg.errors.UndefinedTable):
        reader.execute("select * from passing")


def test_somebody_elses_view_stops_the_release_with_its_name(shop: Warehouse) -> None:
    release(shop, 1)
    with shop.connect("admin") as admin:
        admin.execute("create schema analysts; create view analysts.mine as select amount from marts.totals")
    release(shop, 2, columns="amount, currency")  # growing is no harm
    with pytest.raises(EvergreenError, match=r"view analysts\.mine depends on view .*totals"):
        release(shop, 3, columns="currency")
    assert seen(shop) == (2, 2)


def test_descriptions_reach_the_views_and_survive_a_rollback(shop: Warehouse) -> None:
    def described(text: str) -> None:
        promote(shop)
        candidate = build(shop, 1)
        texts = {"": "One row per firm.", "amount": text, "unknown": "is skipped"}
        publish(
            shop, candidate.release_id, {SCHEMA: {"totals": texts}, "core": {"orders": {"order_id": "Key"}}}
        )

    described("Total")
    described("Grand total")

    def comment(relation: str, number: int) -> str:
        with shop.connect("reader") as reader:
            row = reader.execute("select col_description(%s::regclass, %s)", [relation, number]).fetchone()
        return row[0] if row else ""

    assert comment("marts.totals", 1) == "Grand total"
    assert comment("marts.orders", 1) == "Key"
    rollback(shop)
    assert comment("marts.totals", 1) == "Total"


def test_rows_of_release_and_change_are_told(shop: Warehouse) -> None:
    assert release(shop, 1).rows == {"orders": (1, None), "totals": (1, None)}
    assert release(shop, 2).rows == {"orders": (1, 1), "totals": (1, 1)}


def test_facts_that_nobody_can_see_are_deleted(shop: Warehouse) -> None:
    for amount in range(6):
        release(shop, amount)
    assert clean_releases(shop) > 0
    assert clean_releases(shop) == 0
    assert seen(shop) == (5, 5)
    rollback(shop)
    assert seen(shop) == (4, 4)


def test_the_steps_of_a_build_are_emptied_behind_it_and_never_under_it(shop: Warehouse) -> None:
    with shop.connect("transformer", autocommit=True) as transformer:

        def steps() -> int:
            return transformer.execute("select * from intermediate.step").rowcount

        transformer.execute("create table intermediate.step as select 1 as amount")
        promote(shop)
        candidate = build(shop, 1)
        clear_steps(shop)
        assert steps() == 1
        publish(shop, candidate.release_id)
        clear_steps(shop)
        assert steps() == 0


def test_a_second_builder_is_told_to_wait(shop: Warehouse) -> None:
    with building(shop), pytest.raises(EvergreenError, match="another build is under way"):
        rollback(shop)


def test_who_adds_to_a_candidate_works_beside_who_adds_elsewhere(shop: Warehouse) -> None:
    with ThreadPoolExecutor(3) as pool, adding(shop, "predictions"):
        other = pool.submit(_entered, adding(shop, "estimates"))
        again = pool.submit(_entered, adding(shop, "predictions"))
        other.result(timeout=30)
        with pytest.raises(EvergreenError, match="another build is under way"):
            rollback(shop)
        assert _waits(shop, again)
    again.result(timeout=30)


def test_a_build_that_comes_in_waits_for_those_who_add_and_goes_before_those_who_follow(
    shop: Warehouse,
) -> None:
    candidate = build(shop, 1)
    with ThreadPoolExecutor(2) as pool:
        with adding(shop, "predictions") as connection:
            opened = pool.submit(open_candidate, shop, ["shop"], "configuration")
            assert _waits(shop, opened)
            follower = pool.submit(_adds_to, shop, candidate.release_id)
            assert _waits(shop, follower, sessions=2)
            current(connection, candidate.release_id)
        assert opened.result(timeout=30).release_id != candidate.release_id
        with pytest.raises(EvergreenError, match="was given up"):
            follower.result(timeout=30)


def _entered(context: AbstractContextManager[Connection]) -> None:
    with context:
        pass


def _adds_to(warehouse: Warehouse, release_id: int) -> None:
    with adding(warehouse, "estimates") as connection:
        current(connection, release_id)


def _waits(warehouse: Warehouse, work: Future[object], sessions: int = 1) -> bool:
    """Tell, once it is known, whether so many sessions wait for a lock before the work is done."""
    with warehouse.connect("admin", autocommit=True) as connection:
        query = "select from pg_locks where locktype = 'advisory' and not granted"
        while not work.done():
            if connection.execute(query).rowcount == sessions:
                return True
    return False


@pytest.fixture
def prevented(shop: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Candidate:
    """A second candidate, whose publication a reader was in the way of."""
    release(shop, 1)
    promote(shop)
    candidate = build(shop, 2)
    monkeypatch.setattr("evergreen.publishing.publish.PATIENCE_SECONDS", 0.5)
    with shop.connect("reader") as reader:
        reader.execute("select * from totals")
        with pytest.raises(EvergreenError, match="readers have kept"):
            publish(shop, candidate.release_id)
        assert seen(shop) == (1, 1)
    return candidate


def test_a_reader_in_the_way_is_waited_for(shop: Warehouse, prevented: Candidate) -> None:
    publish(shop, prevented.release_id)
    assert seen(shop) == (2, 2)


def test_marts_can_be_built_once_more_after_readers_were_in_the_way(
    shop: Warehouse, prevented: Candidate
) -> None:
    with shop.connect("transformer") as transformer:
        transformer.execute(f"create table {SCHEMA}.totals as select 3 as amount")
    publish(shop, prevented.release_id)
    assert seen(shop) == (2, 3)


def test_a_mart_that_is_a_view_is_described_and_published(shop: Warehouse) -> None:
    candidate = build(shop, 1)
    with shop.connect("transformer") as connection:
        totals = f"{SCHEMA}.totals"
        connection.execute(f"create view {SCHEMA}.doubled as select amount * 2 as amount from {totals}")
    published = publish(
        shop, candidate.release_id, {SCHEMA: {"doubled": {"": "Twice", "amount": "Twice the amount"}}}
    )
    assert published.rows["doubled"] == (None, None)  # not computed to be counted
    with shop.connect("reader") as reader:
        found = reader.execute(
            """
            select amount, obj_description('doubled'::regclass), col_description('doubled'::regclass, 1)
            from doubled
            """
        ).fetchone()
    assert found == (2, "Twice", "Twice the amount")

"""`status`, `release`, `quarantine`: how things stand, and whether somebody has to do something."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from cli.conftest import Evergreen
from evergreen.publishing.candidate import building, open_candidate
from evergreen.settings import activate
from evergreen.warehouse.connections import Warehouse
from publishing.by_hand import build, release


@pytest.fixture
def shop(warehouse: Warehouse) -> Iterator[Warehouse]:
    """A warehouse with a fact, a promoted batch of the active source `shop`, and two releases."""
    with warehouse.connect("transformer") as connection:
        connection.execute(
            """
            create table core.orders (
                order_id text, amount integer, _row_hash uuid, _from_release bigint, _to_release bigint
            )
            """
        )
    add_batch(warehouse, "promoted")
    release(warehouse, 1)
    release(warehouse, 2, as_of=date(2026, 2, 28))
    activate({"shop": "simulated"})
    yield warehouse
    activate({})


def add_batch(warehouse: Warehouse, status: str, file: str = "orders-1.csv") -> int:
    counts = {"promoted": "promoted_rows", "rejected": "rejected_rows"}.get(status)
    with warehouse.connect("loader") as connection:
        row = connection.execute(
            f"""
            insert into audit.load_batches (
                source, source_table, file_or_cursor, status, message, received_rows
                {f", {counts}" if counts else ""}
            )
            values ('shop', 'orders', %s, %s, 'because', 10 {", 10" if counts else ""})
            returning batch_id
            """,
            [file, status],
        ).fetchone()
    assert row
    return int(row[0])


def test_all_is_well(shop: Warehouse, evergreen: Evergreen) -> None:
    said = evergreen("status")
    assert said.code == 0
    assert "Nothing needs you." in said.out
    assert "as of 2026-02-28" in said.out
    assert shop.place in said.out


def test_a_rejected_batch_needs_a_person_until_it_comes_again(shop: Warehouse, evergreen: Evergreen) -> None:
    number = add_batch(shop, "rejected", "orders-2.csv")
    said = evergreen("status")
    assert said.code == 1
    assert f"batch {number} (shop.orders, orders-2.csv) was rejected: because" in said.out
    add_batch(shop, "promoted", "orders-2.csv")
    assert evergreen("status").code == 0


def test_a_load_that_was_cut_off_needs_a_person(shop: Warehouse, evergreen: Evergreen) -> None:
    add_batch(shop, "landed", "orders-2.csv")
    said = evergreen("status")
    assert said.code == 1
    assert "shop: a load failed or was cut off, batches pending: 1" in said.out
    with shop.connect("loader", autocommit=True) as loader:  # under way is not cut off
        loader.execute("select pg_advisory_lock(hashtext('evergreen load shop'))")
        assert evergreen("status").code == 0


def test_a_build_that_was_cut_off_needs_a_person(shop: Warehouse, evergreen: Evergreen) -> None:
    opened = open_candidate(shop, ["shop"], "configuration")
    said = evergreen("status")
    assert said.code == 1
    assert f"candidate {opened.release_id} was not finished" in said.out
    with building(shop):
        assert evergreen("status").code == 0


def test_an_active_source_of_which_nothing_came_needs_a_person(shop: Warehouse, evergreen: Evergreen) -> None:
    activate({"shop": "simulated", "survey": "simulated"})
    said = evergreen("status")
    assert said.code == 1
    assert "survey is active, but nothing of it was promoted yet" in said.out


def fail(warehouse: Warehouse, candidate: int, rule: str, severity: str) -> None:
    with warehouse.connect("transformer") as connection:
        connection.execute(
            """
            insert into audit.gate_results (release_id, rule, severity, passed, failing_rows)
            values (%s, %s, %s, false, 3)
            """,
            [candidate, rule, severity],
        )


def test_a_check_that_stopped_a_candidate_needs_a_person(shop: Warehouse, evergreen: Evergreen) -> None:
    opened = open_candidate(shop, ["shop"], "configuration")
    fail(shop, opened.release_id, "totals_reconcile", "critical")
    fail(shop, opened.release_id, "volume", "warning")
    said = evergreen("status")
    assert said.code == 1
    assert f"candidate {opened.release_id} failed totals_reconcile for 3 rows" in said.out
    assert "failed volume" not in said.out
    assert "volume" in said.out


def test_a_check_that_stopped_a_candidate_is_past_when_a_later_one_is_published(
    shop: Warehouse, evergreen: Evergreen
) -> None:
    opened = open_candidate(shop, ["shop"], "configuration")
    fail(shop, opened.release_id, "totals_reconcile", "critical")
    release(shop, opened.release_id + 1)
    said = evergreen("status")
    assert "totals_reconcile" not in said.out
    assert said.code == 0


def test_many_checks_that_did_not_hold_do_not_hide_the_one_that_stops(
    shop: Warehouse, evergreen: Evergreen
) -> None:
    opened = open_candidate(shop, ["shop"], "configuration")
    for number in range(20):
        fail(shop, opened.release_id, f"rule_{number}", "warning")
    fail(shop, opened.release_id, "totals_reconcile", "critical")
    said = evergreen("status")
    assert "failed totals_reconcile" in said.out
    assert "… and 11 more" in said.out


def test_nothing_published_needs_a_person(warehouse: Warehouse, evergreen: Evergreen) -> None:
    said = evergreen("status")
    assert said.code == 1
    assert "nothing is published yet" in said.out


def test_releases_are_listed_and_rolled_back(shop: Warehouse, evergreen: Evergreen) -> None:
    def states() -> list[list[str]]:
        return [line.split()[:3] for line in evergreen("release", "list").out.splitlines()[2:]]

    assert states() == [["2", "live", "2026-02-28"], ["1", "kept", "2026-01-31"]]
    said = evergreen("release", "rollback")
    assert said.code == 0
    assert "Release 1 as of 2026-01-31 is live again." in said.out
    assert [state for _, state, _ in states()] == ["kept", "live"]
    assert evergreen("release", "rollback", "--to", "2").code == 0
    assert [state for _, state, _ in states()] == ["live", "kept"]
    assert "release 2 is live already" in evergreen("release", "rollback", "--to", "2").complaint
    assert "release 7 is not kept" in evergreen("release", "rollback", "--to", "7").complaint


def test_a_rollback_does_not_wait_behind_a_build(shop: Warehouse, evergreen: Evergreen) -> None:
    build(shop, 3)
    with building(shop):
        said = evergreen("release", "rollback")
    assert said.code == 1
    assert "another build is under way" in said.complaint


def test_quarantine(shop: Warehouse, evergreen: Evergreen) -> None:
    assert evergreen("quarantine", "list").out == "Quarantine is empty.\n"
    with shop.connect("loader") as connection:
        connection.execute(
            """
            insert into quarantine.rows (batch_id, source, source_table, line_number, rule, row_text)
            select
                1, 'shop', 'orders', n, 'negative_price',
                json_build_object('price', -n, 'who', 'Zoë')::text
            from generate_series(2, 41) as n
            """
        )
    listed = evergreen("quarantine", "list").out
    assert "shop.orders" in listed
    assert "negative_price" in listed
    assert "40" in listed
    assert "Zoë" not in listed  # values of rows are for stewards who ask for them
    shown = evergreen("quarantine", "show", "1", "--limit", "2").out.splitlines()
    assert shown[1:3] == ["line 2: negative_price, quarantined", '    {"price": -2, "who": "Zoë"}']
    assert shown[-1] == "… and more: --limit 20"
    assert "nothing of batch 9 is there" in evergreen("quarantine", "show", "9").complaint


def test_quarantine_is_decided_about(shop: Warehouse, evergreen: Evergreen) -> None:
    number = add_batch(shop, "rejected", "orders-2.csv")
    with shop.connect("loader") as connection:
        connection.execute(
            """
            insert into quarantine.batches (batch_id, source, source_table, line_number, rule, row_text)
            select %s, 'shop', 'orders', n, 'columns_missing', 'O' || n from generate_series(2, 11) as n
            """,
            [number],
        )
    assert "--reason" in evergreen("quarantine", "discard", str(number)).complaint
    assert "say why" in evergreen("quarantine", "discard", str(number), "--reason", " ").complaint
    assert "nothing of batch 99 is there" in evergreen("quarantine", "readmit", "99").complaint
    said = evergreen("quarantine", "discard", str(number), "--reason", "a test of the till")
    assert said.out == f"Batch {number}: 10 rows discarded\n"
    assert "waits any more" in evergreen("quarantine", "readmit", str(number)).complaint
    assert evergreen("quarantine", "list").out == "Quarantine is empty.\n"
    assert evergreen("status").code == 0

"""`status`, `release`, `quarantine`: how things stand, and whether somebody has to do something."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from cli.conftest import Evergreen
from evergreen import settings as settings_module
from evergreen.cli.locks import only_run
from evergreen.cli.summary import Beginning, show_next
from evergreen.orchestration import services, upkeep
from evergreen.publishing.candidate import building, open_candidate
from evergreen.settings import activate
from evergreen.sources import registry
from evergreen.warehouse.connections import Warehouse
from loading.mill import LINES, source
from publishing.by_hand import build, release

FRESH = {"fresh_within": timedelta(days=1)}


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
    examined = evergreen("doctor").out
    assert "1 batch was rejected" in examined and "→ `evergreen status` names" in examined
    assert "All is well" not in examined
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


def hold_back(warehouse: Warehouse, batch: int, rule: str, rows: int) -> None:
    """Let rows of a batch wait in quarantine for a critical rule."""
    with warehouse.connect("loader") as connection:
        connection.execute(
            """
            insert into quarantine.rows (batch_id, source, source_table, line_number, rule, row_text)
            select %s, 'shop', 'orders', n, %s, '{}' from generate_series(2, %s) as n
            """,
            [batch, rule, rows + 1],
        )
        connection.execute(
            """
            insert into audit.gate_results (batch_id, rule, severity, passed, failing_rows)
            values (%s, %s, 'critical', false, %s)
            """,
            [batch, rule, rows],
        )


def add_counted(warehouse: Warehouse, origin: int | None, **counts: int) -> int:
    """Enter a promoted batch of the shop, or what was let in again of the batch `origin`."""
    names = ", ".join(counts)
    with warehouse.connect("loader") as connection:
        row = connection.execute(
            f"""
            insert into audit.load_batches (
                source, source_table, file_or_cursor, status, origin_batch_id, origin_source, {names}
            )
            values (%s, 'orders', 'orders-2.csv', 'promoted', %s, %s, {", ".join("%s" for _ in counts)})
            returning batch_id
            """,  # type: ignore[arg-type]
            ["readmission" if origin else "shop", origin, "shop" if origin else None, *counts.values()],
        ).fetchone()
    assert row
    return int(row[0])


def test_what_was_let_in_again_is_past(shop: Warehouse, evergreen: Evergreen) -> None:
    def counts() -> list[str]:
        [line] = [line for line in evergreen("status").out.splitlines() if line.startswith("shop ")]
        return line.split()[2:10]  # batches, pending, refused, received, promoted, unchanged, held, given up

    held = add_counted(shop, None, received_rows=10, promoted_rows=7, quarantined_rows=3)
    hold_back(shop, held, "negative_price", 3)
    assert counts() == ["2", "0", "0", "20", "17", "0", "3", "0"]
    assert "negative_price" in evergreen("status").out

    with shop.connect("loader") as connection:
        connection.execute("update quarantine.rows set state = 'readmitted' where line_number < 4")
    add_counted(shop, held, received_rows=2, promoted_rows=2)
    assert counts() == ["2", "0", "0", "20", "19", "0", "1", "0"]
    assert "negative_price" in evergreen("status").out

    with shop.connect("loader") as connection:
        connection.execute("update quarantine.rows set state = 'discarded' where line_number = 4")
    assert counts() == ["2", "0", "0", "20", "19", "0", "0", "1"]
    said = evergreen("status").out
    assert "readmission" not in said
    assert "negative_price" not in said


def test_a_silent_source_needs_a_person(
    shop: Warehouse, evergreen: Evergreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        registry, "load", lambda name: source(LINES).model_copy(update=FRESH | {"source": name})
    )
    assert evergreen("status").code == 0
    with shop.connect("loader") as connection:
        connection.execute(
            """
            insert into audit.load_batches (source, source_table, file_or_cursor, status, finished_at)
            values ('silent', 'orders', 'orders-1.csv', 'promoted', now() - interval '3 days')
            """
        )
    activate({"shop": "simulated", "silent": "/data"})
    said = evergreen("status")
    assert said.code == 1
    assert "silent: nothing was promoted for 3 days, and 24 hours are allowed" in said.out
    assert "shop: nothing was promoted" not in said.out


def test_the_summary_of_a_run_leads_to_what_it_rejected(
    shop: Warehouse, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def led_to() -> str:
        capsys.readouterr()
        show_next(shop, beginning, seconds=1, log=tmp_path / "run.log", page=None)
        [line] = [line for line in capsys.readouterr().out.splitlines() if "Try next" in line]
        return line.split(maxsplit=3)[-1]

    beginning = Beginning.of(shop)
    assert led_to().startswith("sql ")
    number = add_batch(shop, "rejected", "orders-2.csv")
    assert led_to() == "gates"  # of a file that could not be read there is no row to show
    with shop.connect("loader") as connection:
        connection.execute(
            """
            insert into quarantine.batches (batch_id, source, source_table, line_number, rule)
            values (%s, 'shop', 'orders', 2, 'columns_missing')
            """,
            [number],
        )
    assert led_to() == f"quarantine show {number}"


def test_nothing_published_needs_a_person(warehouse: Warehouse, evergreen: Evergreen) -> None:
    said = evergreen("status")
    assert said.code == 1
    assert "nothing is published yet" in said.out


def test_a_first_run_under_way_needs_nobody(warehouse: Warehouse, evergreen: Evergreen) -> None:
    with only_run():
        said = evergreen("status")
    assert said.code == 0
    assert "At work    `evergreen run`" in said.out


def test_who_runs_beside_airflow_is_refused_before_its_first_heartbeat(
    shop: Warehouse, evergreen: Evergreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "running", lambda: {"pid": 1, "port": 8080})
    assert "At work    Airflow, http://127.0.0.1:8080" in evergreen("status").out
    said = evergreen("run")
    assert said.code == 1
    assert "Airflow is running on this home" in said.complaint


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


def test_a_release_that_was_gone_back_from_is_told(shop: Warehouse, evergreen: Evergreen) -> None:
    assert "gone back to" not in evergreen("status").out
    evergreen("release", "rollback")
    said = evergreen("status")
    assert (said.code, "gone back to from release 2 as of 2026-02-28, which is kept" in said.out) == (0, True)


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


def test_a_rejected_batch_without_rows_says_what_to_do(shop: Warehouse, evergreen: Evergreen) -> None:
    number = add_batch(shop, "rejected", "orders-2.csv")
    said = evergreen("quarantine", "show", str(number)).complaint
    assert f"batch {number} (shop.orders, orders-2.csv) was rejected as a whole" in said
    assert f"evergreen quarantine discard {number}" in said


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


def test_a_mistake_in_one_definition_takes_nothing_from_the_others(
    shop: Warehouse, evergreen: Evergreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "project" / "sources"
    shutil.copytree(settings_module.settings().project / "sources", folder)
    (folder / "cdnow.yml").write_text("source: cdnow\ntables: [\n", encoding="utf-8")
    monkeypatch.setenv("EVERGREEN_PROJECT", str(folder.parent))
    settings_module.reset()
    try:
        page = tmp_path / "gates.html"
        said = evergreen("gates", "--out", page)
        assert said.code == 0 and page.exists(), said.err
        assert f"{folder / 'cdnow.yml'}, line " in said.out + said.err
        assert upkeep.check_freshness() == len({"shop"})
    finally:
        monkeypatch.undo()
        settings_module.reset()

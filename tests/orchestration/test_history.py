"""What goes with time, and what does not."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import yaml

from evergreen.orchestration import history
from evergreen.orchestration.freshness import stale
from evergreen.sources.definition import Source
from evergreen.warehouse.connections import Warehouse
from publishing.by_hand import release

DAY = 86_400


@pytest.fixture
def shop(warehouse: Warehouse) -> Warehouse:
    with warehouse.connect("transformer") as connection:
        connection.execute(
            "create table core.orders "
            "(order_id text, amount integer, _row_hash uuid, _from_release bigint, _to_release bigint)"
        )
    return warehouse


def test_old_logs_go_and_their_folders(tmp_path: Path) -> None:
    old, new = tmp_path / "airflow/logs/dag_id=a/old.log", tmp_path / "airflow/logs/dag_id=b/new.log"
    for path in (old, new):
        path.parent.mkdir(parents=True)
        path.write_text("said", "utf-8")
    os.utime(old, (time.time() - 91 * DAY,) * 2)
    assert history.clean_logs(tmp_path, 90) == 1
    assert not old.parent.exists() or history.clean_logs(tmp_path, 90) == 0
    assert new.exists()


def test_a_log_of_a_service_begins_anew_when_it_is_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LONGEST_LOG", 10)
    log = tmp_path / "airflow/logs/scheduler.log"
    log.parent.mkdir(parents=True)
    with log.open("a", encoding="utf-8") as service:
        service.write("one long line\n")
        service.flush()
        history.clean_logs(tmp_path, 90)
        service.write("next\n")
    assert log.read_text("utf-8") == "next\n"
    assert log.with_suffix(".log.1").read_text("utf-8") == "one long line\n"


def test_settled_quarantine_is_blank_after_its_time_and_waiting_rows_are_not(warehouse: Warehouse) -> None:
    with warehouse.connect("loader") as loader:
        for state, days in (("discarded", 91), ("discarded", 89), ("quarantined", 999), ("readmitted", 91)):
            loader.execute(
                "insert into quarantine.rows (batch_id, source, source_table, line_number, rule, row_text, "
                "state, state_changed_at) values (1, 's', 't', 2, 'r', 'text', %s, now() - %s)",
                [state, timedelta(days=days)],
            )
    assert history.blank_settled_quarantine(warehouse, 90) == 2
    with warehouse.connect("steward") as steward:
        left = steward.execute(
            "select state from quarantine.rows where row_text is not null order by 1"
        ).fetchall()
    assert left == [("discarded",), ("quarantined",)]


def test_changes_stay_as_long_as_a_release_may_be_built_upon_them(shop: Warehouse) -> None:
    for amount in (1, 2, 3):
        with shop.connect("loader") as loader:
            loader.execute("insert into raw.changes values (%s, 's', 't', 'order', 'A')", [amount])
        release(shop, amount)
    assert history.forget_changes(shop) == 1
    with shop.connect("loader") as loader:
        assert loader.execute("select min(promotion_id) from raw.changes").fetchone() == (2,)


def test_upkeep_is_due_after_some_releases(shop: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "UPKEEP_EVERY", 2)
    url = shop.database("airflow")
    with psycopg.connect(url) as connection:
        connection.execute("create table dag_run (dag_id text, state text, end_date timestamptz)")
    release(shop, 1)
    assert not history.upkeep_is_due(shop, url)
    release(shop, 2)
    assert history.upkeep_is_due(shop, url)
    with psycopg.connect(url) as connection:
        done = datetime.now(UTC)
        connection.execute("insert into dag_run values ('maintain_warehouse', 'success', %s)", [done])
    assert not history.upkeep_is_due(shop, url)


def test_a_source_that_is_silent_is_named(warehouse: Warehouse) -> None:
    with warehouse.connect("loader") as loader:
        for name, hours in (("fresh", 1), ("silent", 30)):
            loader.execute(
                "insert into audit.load_batches (source, source_table, file_or_cursor, status, finished_at) "
                "values (%s, 't', 'f', 'promoted', now() - %s)",
                [name, timedelta(hours=hours)],
            )
    sources = [defined(name, "1 day") for name in ("fresh", "silent", "new")] + [defined("unwatched", None)]
    assert [str(found) for found in stale(warehouse, sources)] == [
        "silent: nothing was promoted for 30 hours, and 24 hours are allowed",
        "new: nothing was promoted ever, and 24 hours are allowed",
    ]


def defined(name: str, within: str | None) -> Source:
    text = f"source: {name}\ntables: {{t: {{files: ['*.csv'], key: all, columns: {{a: text}}}}}}"
    return Source.model_validate(yaml.safe_load(text) | {"fresh_within": within})

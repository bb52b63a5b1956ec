"""Running DAGs in process: what is printed, and what is left in Airflow's tables."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import psycopg
import pytest

from evergreen.orchestration import runs
from evergreen.warehouse.connections import Warehouse


@pytest.fixture
def metadata(warehouse: Warehouse) -> str:
    """Of Airflow's tables what concerns us, with the columns' names and types as they are there."""
    url = warehouse.database("airflow")
    with psycopg.connect(url) as connection:
        connection.execute(
            """
            create table job (job_type varchar, state varchar, latest_heartbeat timestamptz);
            create table dag_run (
                id integer primary key, dag_id varchar, run_id varchar, state varchar, triggered_by varchar,
                end_date timestamptz, unique (dag_id, run_id)
            );
            create table task_instance (
                dag_id varchar, run_id varchar, task_id varchar, state varchar, end_date timestamptz,
                foreign key (dag_id, run_id) references dag_run (dag_id, run_id) on delete cascade
            );
            insert into dag_run values
                (1, 'load_shop', 'cut off', 'running', 'TEST'),
                (2, 'load_shop', 'scheduled', 'running', 'TIMETABLE'),
                (3, 'load_shop', 'done', 'success', 'TEST');
            insert into task_instance values
                ('load_shop', 'cut off', 'land', 'success'), ('load_shop', 'cut off', 'gate', 'running'),
                ('load_shop', 'cut off', 'promote', null), ('load_shop', 'scheduled', 'land', 'running');
            """
        )
    return url


def states(url: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("select run_id, state from dag_run order by id").fetchall()
        found += connection.execute("select run_id || '.' || task_id, state from task_instance").fetchall()
    return dict(found)


def test_what_a_killed_process_left_is_closed(metadata: str) -> None:
    runs.tidy(metadata)
    assert states(metadata) == {
        "cut off": "failed",
        "scheduled": "running",
        "done": "success",
        "cut off.land": "success",
        "cut off.gate": "failed",
        "cut off.promote": "failed",
        "scheduled.land": "running",
    }


def test_old_runs_are_forgotten(metadata: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "REMEMBERED", 1)
    runs.tidy(metadata)
    assert set(states(metadata)) == {"scheduled", "done", "scheduled.land"}


@pytest.mark.parametrize(
    ("state", "age", "running"),
    [("running", "1 second", True), ("running", "1 hour", False), ("success", "1 second", False)],
)
def test_a_scheduler_is_known_by_its_heartbeat(metadata: str, state: str, age: str, running: bool) -> None:
    with psycopg.connect(metadata) as connection:
        connection.execute(
            """
            insert into job values
                ('SchedulerJob', %s, now() - %s::interval), ('OtherJob', 'running', now())
            """,
            [state, age],
        )
    assert runs.scheduler_is_running(metadata) is running


def test_what_libraries_print_goes_to_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "logs" / "run-2.log"
    with runs.quiet(log) as terminal:
        print("chatter")
        handler = logging.StreamHandler(sys.stdout)
        print("for people", file=terminal)
    handler.stream.write("later chatter\n")  # a logger that kept the stream
    print("afterwards")
    assert capsys.readouterr().out == "for people\nafterwards\n"
    assert log.read_text() == "chatter\nlater chatter\n"


def test_old_logs_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "REMEMBERED", 2)
    for number in range(4):
        (tmp_path / f"run-{number}.log").touch()
    (tmp_path / "other.log").touch()
    with runs.quiet(tmp_path / "run-4.log"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "other.log",
        "run-2.log",
        "run-3.log",
        "run-4.log",
    ]

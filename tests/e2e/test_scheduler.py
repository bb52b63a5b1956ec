"""Under Airflow's own scheduler: killed in the midst of a load, a backfill, events that coalesce.

The end must be what one undisturbed `evergreen run` makes of the same files.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psycopg
import pytest

from e2e.home import Home, assert_same_marts
from e2e.serving import Serving, serving

DAYS = 24
FIRST_DAYS = 9
LOAD, BUILD = "load_online_retail", "build_marts"
SECONDS = 600
OVER = {"success", "failed"}


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_a_killed_scheduler_loses_nothing(
    new_home: Callable[[], Home], online_retail_days: list[Path], tmp_path: Path
) -> None:
    days = online_retail_days[:DAYS]
    undisturbed, home, folder = new_home(), new_home(), tmp_path / "orders"
    folder.mkdir()
    deliver(days[:FIRST_DAYS], folder)
    home.evergreen("run", "--source", f"online_retail={folder}")

    # the scheduler starts a run of every load by itself, as the day's has not been made yet
    deliver(days[FIRST_DAYS:15], folder)
    with serving(home.path, home.environment) as airflow:
        wait_for_landed(home)
        airflow.kill_scheduler()
        assert airflow.process.wait(60) == 1
        assert airflow.process.stdout
        assert "scheduler ended with exit code -9" in airflow.process.stdout.read()
    assert home.value("select count(*) from audit.releases") == 1

    with serving(home.path, home.environment) as airflow:
        struck = airflow.runs(LOAD)[-1]["dag_run_id"]
        wait_for(lambda: state_of(airflow, struck) in OVER)
        assert state_of(airflow, struck) == "success"  # taken up where it was
        for portion in (days[15:18], days[18:21], days[21:]):  # builds of earlier portions are under way
            deliver(portion, folder)
            airflow.trigger(LOAD)
            wait_for(lambda: all_over(airflow, LOAD))
        backfill(home)
        wait_for(lambda: all_over(airflow, LOAD) and all_over(airflow, BUILD))
        loads, builds = airflow.runs(LOAD), airflow.runs(BUILD)
        assert {run["state"] for run in [*loads, *builds]} == {"success"}
        assert sum(run["run_type"] == "backfill" for run in loads) == 3
        assert len(builds) <= 4  # four portions after the first; the backfill had nothing left to find
    assert home.value("select count(*) from audit.load_batches where status = 'promoted'") == DAYS
    assert home.value("select count(*) from audit.load_batches where status <> 'promoted'") == 0

    undisturbed.evergreen("run", "--source", f"online_retail={folder}")
    assert_same_marts(undisturbed, home)


def deliver(days: Iterable[Path], folder: Path) -> None:
    for day in days:
        shutil.copy(day, folder)


def wait_for(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not reached():
        assert time.monotonic() < deadline, "took too long"
        time.sleep(1)


def wait_for_landed(home: Home) -> None:
    """Wait until batches have landed that are not promoted yet."""
    with psycopg.connect(home.evergreen("url").stdout.strip(), autocommit=True) as reader:
        wait_for(
            lambda: bool(
                reader.execute("select from audit.load_batches where status in ('landed', 'gated')").rowcount
            )
        )


def state_of(airflow: Serving, run: str) -> str:
    [state] = [known["state"] for known in airflow.runs(LOAD) if known["dag_run_id"] == run]
    return str(state)


def all_over(airflow: Serving, dag: str) -> bool:
    return all(run["state"] in OVER for run in airflow.runs(dag))


def backfill(home: Home) -> None:
    home.evergreen(
        *("airflow", "backfill", "create", "--dag-id", LOAD),
        *("--from-date", "2026-02-01", "--to-date", "2026-02-03"),
    )

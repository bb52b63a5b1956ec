"""The main job, on a year of real orders: in by the command, out of the marts, every line accounted for."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import psycopg
import pytest

from e2e.home import Home, assert_same_marts
from e2e.strikes import run_struck
from marts.online_retail_cohorts import compare_cohorts

WITHHELD_DAYS = 30


@pytest.fixture(scope="module")
def at_once(new_home: Callable[[], Home], online_retail_days: list[Path]) -> Home:
    """All days in one run."""
    home = new_home()
    home.evergreen("run", "--source", f"online_retail={online_retail_days[0].parent}")
    return home


def test_every_line_is_accounted_for(at_once: Home) -> None:
    [counts] = at_once.rows(
        """
        select
            count(*) as batches,
            sum(received_rows)::int as received, sum(promoted_rows)::int as promoted,
            sum(unchanged_rows)::int as unchanged, sum(quarantined_rows)::int as quarantined,
            sum(rejected_rows)::int as rejected,
            bool_and(
                received_rows = promoted_rows + unchanged_rows + quarantined_rows + rejected_rows
            ) as reconciled
        from audit.load_batches
        """
    )
    assert counts == {
        "batches": 305,
        "received": 541_909,
        "promoted": 541_909 - 5_268 - 1_336 - 2,
        "unchanged": 0,
        "quarantined": 5_268 + 1_336 + 2,
        "rejected": 0,
        "reconciled": True,
    }


def test_quarantine_says_which_rule(at_once: Home) -> None:
    broken = at_once.rows(
        """
        select rule, sum(failing_rows)::int as rows
        from audit.gate_results
        where severity = 'critical' and not passed
        group by rule order by rule
        """
    )
    assert {row["rule"]: row["rows"] for row in broken} == {
        "duplicate_line": 5_268,
        "negative_price": 2,
        "negative_quantity": 1_336,
    }
    assert "negative_price" in at_once.evergreen("quarantine", "list").stdout


def test_first_cohort_and_the_month_under_way(at_once: Home) -> None:
    first = at_once.rows(
        """
        select months_since_first, cohort_customers, is_complete, retention_rate
        from cohort_retention where cohort_month = '2010-12-01' order by 1
        """
    )
    assert len(first) == 13
    assert {row["cohort_customers"] for row in first} == {885}
    assert [row["is_complete"] for row in first] == [True] * 12 + [False]
    assert first[12]["retention_rate"] is None
    assert at_once.value("select count(*) from customers") == 4_372


def test_the_cohort_table_equals_a_second_computation(at_once: Home, online_retail_days: list[Path]) -> None:
    address = at_once.evergreen("url").stdout.strip()
    with psycopg.connect(address) as connection:
        compare_cohorts(connection, online_retail_days[0].parent)


def test_churn_is_foretold_as_the_page_says(at_once: Home) -> None:
    """The figures of docs/prediction.md: a third of the year judges what the rest foretold."""
    deciles = at_once.rows("select * from churn_calibration order by decile")
    customers = [row["customers"] for row in deciles]
    left = sum(row["actual_rate"] * row["customers"] for row in deciles) / sum(customers)
    assert sum(customers) == 3191
    assert left == pytest.approx(0.47, abs=0.005)
    first = deciles[0]
    assert first["model"] == "pareto_nbd"
    assert first["foretold_on"] == "2011-08-06"
    assert first["horizon_days"] == 90
    for measure, figure in {"auc": 0.748, "rule_auc": 0.647, "brier": 0.206, "rule_brier": 0.346}.items():
        assert first[measure] == pytest.approx(figure, abs=0.004), measure
    assert first["lead_days"] == pytest.approx(65, abs=3)
    gaps = [row["predicted_rate"] - row["actual_rate"] for row in deciles]
    assert max(gaps) == pytest.approx(0.096, abs=0.01)
    assert min(gaps) > 0
    assert {row["is_adjusted"] for row in deciles} == {False}
    [live] = at_once.rows("select * from value_model_fits where is_selected and holdout_rank is not null")
    assert live["holdout_rmse"] < live["holdout_rmse_own_rate"]
    assert at_once.value("select count(*) from value_model_segments") == 0


def test_a_reader_sees_marts_and_audit_and_nothing_else(at_once: Home) -> None:
    visible = at_once.rows(
        """
        select nspname as schema from pg_namespace
        where has_schema_privilege(oid, 'usage') and nspname !~ '^pg_' and nspname <> 'information_schema'
        order by 1
        """
    )
    assert [row["schema"] for row in visible] == ["audit", "marts"]
    refused = at_once.evergreen("sql", "select * from raw.online_retail__lines", expect=1)
    assert "permission denied" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_run_with_nothing_new_leaves_the_release(at_once: Home) -> None:
    before = at_once.rows("select * from audit.releases order by release_id")
    at_once.evergreen("run")
    assert at_once.rows("select * from audit.releases order by release_id") == before


@pytest.mark.timeout(1800)  # five runs, and the fixture's
def test_days_loaded_later_end_in_the_same_marts(
    at_once: Home, new_home: Callable[[], Home], online_retail_days: list[Path], tmp_path: Path
) -> None:
    """The last month comes in two portions, the later days first; each run meets a kill -9 on its way.

    Once it strikes the run and all under it, once dbt alone: the release stays, and the next run goes on.
    """
    half = WITHHELD_DAYS // 2
    first, earlier, later = (
        online_retail_days[:-WITHHELD_DAYS],
        online_retail_days[-WITHHELD_DAYS:-half],
        online_retail_days[-half:],
    )
    home = in_portions(new_home(), tmp_path, [first])
    victims: tuple[Literal["run", "dbt"], ...] = ("run", "dbt")
    for release, (victim, portion) in enumerate(zip(victims, (later, earlier), strict=True), start=1):
        for file in portion:
            shutil.copy(file, tmp_path)
        code = run_struck(home, victim, "run", "--source", f"online_retail={tmp_path}")
        assert code == (-signal.SIGKILL if victim == "run" else 1)
        assert home.value("select count(*) from audit.releases") == release
        home.evergreen("run", "--source", f"online_retail={tmp_path}")
        assert home.value("select count(*) from audit.releases") == release + 1
    assert_same_marts(at_once, home)


@pytest.mark.slow
def test_a_run_a_day_ends_in_the_same_marts(
    at_once: Home, new_home: Callable[[], Home], online_retail_days: list[Path], tmp_path: Path
) -> None:
    daily = [[day] for day in online_retail_days[-WITHHELD_DAYS:]]
    home = in_portions(new_home(), tmp_path, [online_retail_days[:-WITHHELD_DAYS], *daily])
    assert home.value("select count(*) from audit.releases") == 1 + WITHHELD_DAYS
    assert_same_marts(at_once, home)


def in_portions(home: Home, folder: Path, portions: list[list[Path]]) -> Home:
    """Run once for each portion of files."""
    for portion in portions:
        for file in portion:
            shutil.copy(file, folder)
        home.evergreen("run", "--source", f"online_retail={folder}")
    return home

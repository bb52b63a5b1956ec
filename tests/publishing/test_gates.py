"""The gate before a release: what stops it, what is only said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evergreen import settings as settings_module
from evergreen.errors import EvergreenError
from evergreen.publishing import distributions, views
from evergreen.publishing.candidate import SCHEMA, Candidate, building
from evergreen.publishing.distributions import Limits, read_limits
from evergreen.publishing.gates import Check, judge, record_checks
from evergreen.publishing.publish import publish
from evergreen.warehouse.connections import Warehouse
from publishing.by_hand import build, promote, release

GOOD = Check("total_is_sum_of_parts", "amount", "critical", True)


def judged(warehouse: Warehouse, candidate: Candidate, *checks: Check) -> dict[str, int]:
    with building(warehouse) as connection:
        record_checks(connection, candidate.release_id, list(checks))
        return judge(connection, candidate)


def test_a_good_candidate_passes(shop: Warehouse) -> None:
    warning = Check("few_orders", None, "warning", False, 7)
    assert judged(shop, build(shop, 1), GOOD, warning) == {"checks": 2, "warnings": 1}


def test_a_failed_critical_check_stops_the_release_and_is_named(shop: Warehouse) -> None:
    release(shop, 1)
    promote(shop)
    bad = [Check(f"rule_{n}", None, "critical", False, n) for n in (1, 2)]
    with pytest.raises(EvergreenError, match=r"does not pass: rule_1 fails for 1 rows \(and 1 more\)"):
        judged(shop, build(shop, 2), GOOD, *bad)


def test_a_check_that_was_repeated_counts_as_it_was_last(shop: Warehouse) -> None:
    """A task that is tried again judges again."""
    failed = Check(GOOD.rule, GOOD.column, "critical", False, 3)
    assert judged(shop, build(shop, 1), failed, GOOD) == {"checks": 1, "warnings": 0}


def test_a_candidate_that_nobody_checked_does_not_pass(shop: Warehouse) -> None:
    with pytest.raises(EvergreenError, match="was not checked at all"):
        judged(shop, build(shop, 1), Check("few_orders", None, "warning", True))


def test_a_mart_that_loses_all_rows_is_mentioned(shop: Warehouse) -> None:
    release(shop, 1)
    promote(shop)
    candidate = build(shop, 2)
    with shop.connect("transformer") as connection:
        connection.execute(f"truncate {SCHEMA}.totals")
    assert judged(shop, candidate, GOOD)["warnings"] == 1
    with shop.connect("reader") as reader:
        found = reader.execute("select rule, severity, message from audit.gate_results where not passed")
        assert found.fetchall() == [("totals_keeps_rows", "warning", "totals")]


def test_a_release_of_other_sources_is_not_compared(shop: Warehouse) -> None:
    release(shop, 1)
    promote(shop)
    candidate = replace(build(shop, 2), active_sources=["shop", "survey"])
    with shop.connect("transformer") as connection:
        connection.execute(f"truncate {SCHEMA}.totals")
        record_checks(connection, candidate.release_id, [GOOD])
        assert judge(connection, candidate)["warnings"] == 0


def test_a_mart_that_is_a_view_is_not_computed_but_missed(shop: Warehouse) -> None:
    """What it shows is compared where it is stored; only that it is there is its own."""
    for number in (1, 2, 3):
        promote(shop)
        candidate = build(shop, number)
        if number < 3:
            with shop.connect("transformer") as connection:
                # nobody could read it to the end twice without noticing
                connection.execute(
                    f"create view {SCHEMA}.many as"
                    f" select amount from {SCHEMA}.totals, generate_series(1, {number})"
                )
        assert judged(shop, candidate, GOOD)["warnings"] == (number == 3)
        publish(shop, candidate.release_id)
    with shop.connect("reader") as reader:
        found = reader.execute("select rule from audit.gate_results where rule like 'many%'").fetchall()
        assert found == [("many_keeps_rows",)]


def numbered(warehouse: Warehouse, query: str) -> Candidate:
    """Build a candidate whose mart `numbers` is what the query says."""
    promote(warehouse)
    candidate = build(warehouse, 1)
    with warehouse.connect("transformer") as connection:
        connection.execute(f"create table {SCHEMA}.numbers as {query}")
    return candidate


BEFORE = "select n % 10 as number, n as id, null::text as nothing from generate_series(1, 200) as n"


@pytest.mark.parametrize(
    ("query", "failing"),
    [
        (BEFORE, []),
        (BEFORE.replace("200", "185"), []),
        (BEFORE.replace("200", "150"), [("numbers_keeps_rows", None, 50)]),
        (
            BEFORE.replace("200", "500"),
            [("numbers_keeps_rows", None, 0), ("numbers_keeps_its_shape", "id", 0)],
        ),
        (BEFORE.replace("n % 10", "n % 10 + 3"), [("numbers_keeps_its_shape", "number", 0)]),
        (
            BEFORE.replace("n % 10", "case when n % 2 = 0 then n % 10 end").replace("null::text", "'x'"),
            [("numbers_keeps_its_shape", "nothing, number", 0)],
        ),
        ("select 1 as other from generate_series(1, 200)", []),
        (BEFORE.replace("n % 10", "(n % 10)::text"), []),
    ],
)
def test_rows_and_distributions_that_move_far_are_mentioned(
    shop: Warehouse, query: str, failing: list[tuple[object, ...]]
) -> None:
    publish(shop, numbered(shop, BEFORE).release_id)
    candidate = numbered(shop, query)
    assert judged(shop, candidate, GOOD)["warnings"] == len(failing)
    with shop.connect("reader") as reader:
        found = reader.execute(
            "select rule, column_name, failing_rows from audit.gate_results where not passed"
        )
        assert found.fetchall() == failing


def test_limits_are_the_projects(shop: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "expectations").mkdir()
    file = tmp_path / "expectations" / "release.yml"
    file.write_text("rows: [1.0, 1.0]\nseverity: critical\n", encoding="utf-8")
    publish(shop, numbered(shop, BEFORE).release_id)
    candidate = numbered(shop, BEFORE.replace("200", "201"))
    monkeypatch.setenv("EVERGREEN_PROJECT", str(tmp_path))
    settings_module.reset()
    with pytest.raises(EvergreenError, match="numbers_keeps_rows fails"):
        judged(shop, candidate, GOOD)
    file.write_text("rows: many\n", encoding="utf-8")
    with pytest.raises(EvergreenError, match=r"release\.yml: rows"):
        judged(shop, candidate, GOOD)
    monkeypatch.undo()
    settings_module.reset()


def test_our_own_limits_are_the_documented_ones() -> None:
    assert read_limits(Path(__file__).parents[2]) == Limits()


def test_a_large_relation_is_described_by_a_sample(shop: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distributions, "SAMPLE", 2_000)
    candidate = numbered(shop, BEFORE.replace("200", "100000"))
    with building(shop) as connection:
        connection.execute(f"analyze {SCHEMA}.numbers")
        view = views.views_of(connection, candidate.release_id, SCHEMA)["numbers"]
        first, second = (distributions.describe(connection, view) for _ in range(2))
    assert first == second
    assert first["number"].mean == pytest.approx(4.5, abs=0.2)
    assert first["nothing"] == distributions.Column(1)
    assert first["id"].mean != 50_000.5

"""The gate before a release: what stops it, what is only said."""

from __future__ import annotations

import pytest

from evergreen.errors import EvergreenError
from evergreen.publishing.candidate import Candidate, building
from evergreen.publishing.gates import Check, judge, record_checks
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
        connection.execute(f"truncate marts_{candidate.generation}.totals")
    assert judged(shop, candidate, GOOD)["warnings"] == 1
    with shop.connect("reader") as reader:
        found = reader.execute("select rule, severity, message from audit.gate_results where not passed")
        assert found.fetchall() == [("totals_keeps_rows", "warning", "totals")]

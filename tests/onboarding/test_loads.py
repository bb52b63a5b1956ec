"""What was written from a sample, loaded: every row of the sample is in `raw`, in quarantine, or a copy."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.onboarding.definition import definition
from evergreen.onboarding.plan import TABLE, Plan, plan_source
from evergreen.onboarding.profile import profiles
from evergreen.onboarding.roles import guess_roles
from evergreen.onboarding.sample import take_sample
from evergreen.onboarding.suite import suite
from evergreen.settings import settings
from evergreen.warehouse.connections import Warehouse
from loading.mill import Mill

LINES = 40


@pytest.fixture
def mill(warehouse: Warehouse, tmp_path: Path) -> Mill:
    """A source as the sample in its folder tells it."""
    (tmp_path / "mill").mkdir()
    return Mill(warehouse, tmp_path / "mill")


def deliver(mill: Mill, header: str, rows: list[str]) -> Plan:
    mill.deliver("sales-1.csv", header, *rows)
    sample = take_sample(str(mill.folder))
    columns = profiles(sample)
    plan = plan_source("mill", sample, columns, guess_roles(columns, {}, "here"))
    mill.define(definition(plan))
    return plan


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1", {"promoted_rows": LINES, "unchanged_rows": 1, "quarantined_rows": 0}),  # key: [order_id, …]
        ("", {"promoted_rows": LINES, "unchanged_rows": 0, "quarantined_rows": 1}),  # key: all
    ],
)
def test_a_copy_of_a_row_counts_once(mill: Mill, line: str, expected: dict[str, int]) -> None:
    rows = [f"T-{n // 2},{line and n % 2},C{n % 7},2026-01-04,A1,{n},5.00" for n in range(LINES)]
    deliver(mill, "Order,Pos,Client,Ordered at,SKU,Pieces,Price", [*rows, rows[6]])
    done = mill.load()
    assert {name: getattr(done, name) for name in expected} == expected
    assert mill.value("select sum(quantity) from raw.mill__sales") == sum(range(LINES))
    assert mill.unbalanced() == []
    assert mill.load().promoted_rows == 0


def test_a_row_without_an_amount_is_held_back(mill: Mill) -> None:
    rows = [f"T-{n},C{n % 7},2026-01-04,{'' if n == 9 else '5.00'}" for n in range(LINES)]
    deliver(mill, "Order,Client,Ordered at,Amount", rows)
    done = mill.load()
    assert (done.promoted_rows, done.quarantined_rows) == (LINES - 1, 1)
    assert mill.rows("select rule, line_number from quarantine.rows") == [("not_null:line_amount", 11)]
    assert mill.unbalanced() == []


def test_a_mistyped_year_is_held_back(mill: Mill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "__dict__", settings().__dict__ | {"project": tmp_path})
    (tmp_path / "expectations").mkdir()
    rows = [f"T-{n},C{n % 7},{'2099' if n == 9 else '2026'}-01-04,5.00" for n in range(LINES)]
    plan = deliver(mill, "Order,Client,Ordered at,Amount", rows)
    (tmp_path / "expectations" / f"mill__{TABLE}.json").write_text(suite(plan), encoding="utf-8")
    done = mill.load()
    assert (done.promoted_rows, done.quarantined_rows) == (LINES - 1, 1)
    assert mill.rows("select rule, line_number from quarantine.rows") == [("future_event", 11)]

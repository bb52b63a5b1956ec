"""The shop in a database: what it holds today, what it reveals, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from evergreen.errors import EvergreenError
from evergreen.simulator.reveal import live_one_more_day, today_of
from evergreen.simulator.shop import simulate_into, simulate_to_folder
from evergreen.simulator.tables import SHOP, SURVEYS, TRUTH
from simulator.simulated_shop import Folder, rows_of, survey_rows

SMALL = {"customers": 250, "years": 0.75, "seed": 4}
DAYS = 40


def _everything(url: str, schema: str) -> dict[str, list[tuple[object, ...]]]:
    prefix = "simulator.future_" if schema == "future" else "public."
    tables = (*SHOP, *SURVEYS) if schema == "future" else SHOP
    return {
        table.name: rows_of(
            url, f"select {', '.join(table.columns)} from {prefix}{table.name} order by 1, 2, updated_at"
        )
        for table in tables
    }


def test_the_database_holds_what_the_folder_holds(empty_database: Callable[[], str], tmp_path: Path) -> None:
    url = empty_database()
    made = simulate_into(url, tmp_path / "surveys", **SMALL)
    simulate_to_folder(tmp_path / "out", **SMALL)
    assert made.customers == 250
    assert rows_of(url, "select count(*) from public.orders") == [(made.orders,)]
    folder = Folder(tmp_path / "out")
    for table in SHOP:
        frame = folder[f"shop/{table.name}"]
        assert rows_of(url, f"select count(*) from public.{table.name}") == [(len(frame),)]
    ((paid,),) = rows_of(url, "select sum(line_amount) from public.order_lines")
    assert float(paid) == pytest.approx(folder["shop/order_lines"]["line_amount"].sum(), abs=0.01)
    for table in TRUTH:
        frame = folder[f"truth/{table.name.removeprefix('truth_')}"]
        assert rows_of(url, f"select count(*) from simulator.{table.name}") == [(len(frame),)]
    for kind in ("responses", "answers"):
        assert survey_rows(tmp_path / "surveys", kind).equals(survey_rows(tmp_path / "out" / "surveys", kind))
    ((name,),) = rows_of(url, "select full_name from public.customers where customer_id = 'C0000001'")
    assert name == folder["shop/customers"].set_index("customer_id").loc["C0000001", "full_name"]


def test_tables_have_keys_and_are_indexed_by_change(
    empty_database: Callable[[], str], tmp_path: Path
) -> None:
    url = empty_database()
    simulate_into(url, tmp_path, customers=30, years=0.25)
    indexes = rows_of(url, "select tablename, indexdef from pg_indexes where schemaname = 'public'")
    for table in SHOP:
        mine = [str(definition) for name, definition in indexes if name == table.name]
        assert any(f"({', '.join(table.key)})" in one and "UNIQUE" in one for one in mine)
        assert any(one.endswith("(updated_at)") for one in mine)


def test_living_day_by_day_leads_to_the_same_shop(empty_database: Callable[[], str], tmp_path: Path) -> None:
    """Reveal forty days one by one, or simulate with a today that is forty days later."""
    url, later = empty_database(), empty_database()
    simulate_into(url, tmp_path / "daily", **SMALL)
    start = today_of(url)
    changed: dict[str, int] = {}
    for number in range(1, DAYS + 1):
        lived = live_one_more_day(url, tmp_path / "daily")
        assert lived is not None
        assert lived.day == start + timedelta(days=number)
        assert all(path.exists() for path in lived.files)
        for table, rows in lived.rows.items():
            changed[table] = changed.get(table, 0) + rows
    simulate_into(later, tmp_path / "later", **SMALL, today=start + timedelta(days=DAYS))
    assert _everything(url, "public") == _everything(later, "public")
    assert _everything(url, "future") == _everything(later, "future")
    for kind in ("responses", "answers"):
        daily, monthly = survey_rows(tmp_path / "daily", kind), survey_rows(tmp_path / "later", kind)
        pd.testing.assert_frame_equal(daily, monthly, check_dtype=False)
    assert {
        "customers",
        "orders",
        "order_lines",
        "contacts",
        "activity_costs",
        "market_sizes",
    } <= changed.keys()
    assert today_of(url) == today_of(later) == start + timedelta(days=DAYS)


def test_a_cursor_sees_every_change(empty_database: Callable[[], str], tmp_path: Path) -> None:
    """A reader that asks each day for what changed since the latest change it saw has the whole table."""
    url = empty_database()
    simulate_into(url, tmp_path, **SMALL)
    copies: dict[str, dict[object, tuple[object, ...]]] = {"orders": {}, "contacts": {}, "customers": {}}
    cursors = dict.fromkeys(copies, "-infinity")
    for _ in range(12):
        for table, copy in copies.items():
            columns = next(each.columns for each in SHOP if each.name == table)
            query = f"select {', '.join(columns)} from public.{table} where updated_at > '{cursors[table]}'"
            for row in rows_of(url, query):
                copy[row[0]] = row
                cursors[table] = max(cursors[table].replace("-infinity", ""), str(row[-1]))
        live_one_more_day(url, tmp_path)
    for table, copy in copies.items():
        columns = next(each.columns for each in SHOP if each.name == table)
        until = date(2025, 12, 31) + timedelta(days=11)
        known = {row[0]: row for row in rows_of(url, f"select {', '.join(columns)} from public.{table}")}
        unchanged = {key: row for key, row in known.items() if str(row[-1])[:10] <= str(until)}
        assert all(copy[key] == row for key, row in unchanged.items())


def test_a_shop_is_kept_or_replaced_as_told(empty_database: Callable[[], str], tmp_path: Path) -> None:
    url = empty_database()
    simulate_into(url, tmp_path, customers=30, years=0.25)
    live_one_more_day(url, tmp_path)
    before = _everything(url, "public")
    files = sorted(tmp_path.rglob("*"))
    with pytest.raises(EvergreenError, match="holds survey files already"):
        simulate_into(empty_database(), tmp_path, customers=40, years=0.25)
    with pytest.raises(EvergreenError, match=r"holds public\.activity_costs already"):
        simulate_into(url, tmp_path / "elsewhere", customers=40, years=0.25)
    assert _everything(url, "public") == before
    assert sorted(tmp_path.rglob("*")) == files
    simulate_into(url, tmp_path, customers=40, years=0.25, replace=True)
    assert rows_of(url, "select count(*) from public.customers") == [(40,)]
    assert today_of(url) == date(2025, 12, 31)
    assert not list(tmp_path.rglob("*-2026-01-01.*"))


def test_the_future_ends(empty_database: Callable[[], str], tmp_path: Path) -> None:
    url = empty_database()
    simulate_into(url, tmp_path, customers=20, years=0.25, today=date(2026, 12, 30))
    assert live_one_more_day(url, tmp_path) is not None
    assert live_one_more_day(url, tmp_path) is None
    assert today_of(url) == date(2026, 12, 31)


def test_what_is_not_there_is_said_in_one_line(empty_database: Callable[[], str], tmp_path: Path) -> None:
    url = empty_database()
    with pytest.raises(EvergreenError, match="holds no simulated shop: simulate one first"):
        live_one_more_day(url, tmp_path)
    with pytest.raises(EvergreenError, match="cannot be reached") as refusal:
        live_one_more_day("postgresql://shop:secret@127.0.0.1:1/shop", tmp_path)
    assert "secret" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_failure_leaves_database_and_folder_as_they_were(
    empty_database: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty_database()
    simulate_into(url, tmp_path, customers=30, years=0.25)
    before, files = _everything(url, "public"), sorted(tmp_path.rglob("*"))

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("evergreen.simulator.shop.make_study", fail)
    with pytest.raises(KeyboardInterrupt):
        simulate_into(url, tmp_path, customers=40, years=0.25, replace=True)
    assert _everything(url, "public") == before
    assert sorted(tmp_path.rglob("*")) == files

"""Marts and audiences as files: what was there arrives, harmless, whole or not at all."""

from __future__ import annotations

import csv
import json
import stat
from datetime import datetime
from pathlib import Path

import pyarrow.parquet
import pytest

from evergreen.errors import EvergreenError
from evergreen.exporting.audience import export_audience
from evergreen.exporting.marts import export_marts
from evergreen.warehouse.connections import Warehouse

FORMULAS = ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "\r=1"]


@pytest.fixture
def published(empty_marts: Warehouse) -> Warehouse:
    """Marts of two customers, one of whom somebody has given a dangerous segment."""
    with empty_marts.connect("transformer") as connection:
        connection.execute(
            "insert into audit.releases (release_id, generation, as_of_date, through_promotion, is_live)"
            " values (3, 1, '2026-06-15', 1, true)"
        )
        connection.execute(
            """
            insert into marts.customers
                (customer_id, segment, region, channel, is_target, count_orders, net_revenue, last_ordered_at)
            values
                ('a', '=cmd()', E'two\\nlines, "quoted"', '', true, 2, 10.005, '2026-06-01 10:15'),
                ('b', 'normal', null, 'web', null, 1, -3, null)
            """
        )
        connection.execute(
            "insert into marts.customer_lifecycle (customer_id, stage, reason)"
            " values ('a', 'danger', '-silent'), ('b', 'growth', 'orders')"
        )
    return empty_marts


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_all_marts_are_of_one_release(published: Warehouse, tmp_path: Path) -> None:
    written = export_marts(published, tmp_path / "out", "parquet")
    with published.connect("reader") as connection:
        rows = connection.execute("select relname from pg_class where relnamespace = 'marts'::regnamespace")
        names = sorted(name for (name,) in rows)
    assert sorted(path.stem for path in written) == names
    said = json.loads((tmp_path / "out" / "release.json").read_text())
    assert (said["release_id"], said["as_of_date"], len(said["marts"])) == (3, "2026-06-15", len(names))


def test_parquet_has_the_values_and_types(published: Warehouse, tmp_path: Path) -> None:
    [path] = export_marts(published, tmp_path, "parquet", ["customers"])
    first, second = sorted(pyarrow.parquet.read_table(path).to_pylist(), key=lambda row: row["customer_id"])
    assert first["segment"] == "=cmd()"  # no spreadsheet opens it as such
    assert first["region"] == 'two\nlines, "quoted"'
    assert (first["channel"], second["region"]) == ("", None)
    assert (first["is_target"], second["is_target"]) == (True, None)
    assert (first["net_revenue"], second["net_revenue"]) == (10.005, -3)
    assert first["last_ordered_at"] == datetime(2026, 6, 1, 10, 15)


def test_csv_computes_nothing(published: Warehouse, tmp_path: Path) -> None:
    with published.connect("transformer") as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into marts.customers (customer_id) values (%s)", [(text,) for text in FORMULAS]
        )
    [path] = export_marts(published, tmp_path, "csv", ["customers"])
    rows = read(path)
    kept = {row["customer_id"] for row in rows}
    assert {f"'{text}" for text in FORMULAS} <= kept
    first = next(row for row in rows if row["customer_id"] == "a")
    assert first["segment"] == "'=cmd()"
    assert first["region"] == 'two\nlines, "quoted"'
    assert (first["is_target"], first["net_revenue"]) == ("true", "10.005")
    assert next(row for row in rows if row["customer_id"] == "b")["net_revenue"] == "-3"  # a number


def test_an_audience_is_who_was_asked_for(published: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / "keep.csv"
    assert export_audience(published, path, {"stage": ["danger"]}) == 1
    [row] = read(path)
    assert (row["customer_id"], row["segment"], row["reason"]) == ("a", "'=cmd()", "'-silent")
    assert export_audience(published, path, {"stage": ["danger", "growth"]}) == 2
    assert [row["customer_id"] for row in read(path)] == ["a", "b"]  # dearest first
    assert export_audience(published, path, {"stage": ["danger"], "segment": ["normal"]}) == 0
    assert export_audience(published, path, {}) == 2


def test_people_are_named_for_the_steward_only(published: Warehouse, tmp_path: Path) -> None:
    with published.connect("admin") as connection:
        connection.execute(
            "insert into pii.customers (source, customer_id, identifier, personal)"
            """ values ('shop', 'a', '=C7', '{"email": "ann@example.org"}')"""
        )
    path = tmp_path / "people.csv"
    export_audience(published, path, {}, identified=True)
    first, second = read(path)
    assert (first["identifier"], first["email"], first["source"]) == ("'=C7", "ann@example.org", "shop")
    assert not second["email"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_slip_of_the_pen_is_no_empty_audience(published: Warehouse, tmp_path: Path) -> None:
    for choice, complaint in [
        ({"stage": ["dangr"]}, "dangr: no customer's stage is that: there are danger, growth"),
        ({"risk_band": ["high"]}, "high: no customer's risk_band is that: nobody has one yet"),
    ]:
        with pytest.raises(EvergreenError, match=complaint):
            export_audience(published, tmp_path / "none.csv", choice)
    with pytest.raises(EvergreenError, match="custmers: no such mart: did you mean customers"):
        export_marts(published, tmp_path, "csv", ["custmers"])
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_written_leaves_nothing(published: Warehouse, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EvergreenError, match="cannot be written"):
        export_marts(published, tmp_path / "file" / "below", "csv")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_nothing_published_nothing_exported(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(EvergreenError, match="nothing is published yet"):
        export_marts(warehouse, tmp_path, "csv")
    with pytest.raises(EvergreenError, match="nothing is published yet"):
        export_audience(warehouse, tmp_path / "a.csv", {})

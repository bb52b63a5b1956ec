"""`evergreen doctor`: what it finds, and that it says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Evergreen
from evergreen import settings as settings_module
from evergreen.warehouse.connections import Warehouse


def lines(out: str) -> dict[str, list[str]]:
    """Return the findings by subject: state and text, with the advice."""
    found: dict[str, list[str]] = {}
    subject = ""
    for line in out.splitlines():
        if line[:5].strip():
            subject = line.split()[1]
            found.setdefault(subject, []).append(line)
        elif "→" in line:
            found[subject][-1] += line
    return found


def test_a_home_that_is_not_there(no_home: Path, evergreen: Evergreen) -> None:
    said = evergreen("doctor")
    assert said.code == 0
    assert "`evergreen run` sets it up" in said.out
    assert said.out.endswith("All is well.\n")


def test_a_project_that_is_not_there(
    no_home: Path, evergreen: Evergreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVERGREEN_PROJECT", str(tmp_path))
    settings_module.reset()
    said = evergreen("doctor")
    assert said.code == 1
    [project] = lines(said.out)["project"]
    assert project.startswith("bad") and "lacks dags" in project and "→ set EVERGREEN_PROJECT" in project


def test_what_keeps_a_run_from_working(
    warehouse: Warehouse, evergreen: Evergreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = settings_module.activation()
    settings_module.activate({"cdnow": "/no/such/file", "shop": "simulated"})
    with warehouse.connect("loader") as connection:
        connection.execute(
            "insert into audit.load_batches (source, source_table, file_or_cursor, fingerprint, status)"
            " values ('cdnow', 'purchases', 'a.txt', 'x', 'landed')"
        )
    try:
        said = evergreen("doctor")
    finally:
        settings_module.activate(before)
    found = lines(said.out)
    assert said.code == 1
    assert [line.split()[0] for line in found["source"]] == ["bad", "ok"]
    assert "/no/such/file: not found" in found["source"][0]
    assert (
        "cdnow: batches that nobody loads: 1, since" in found["landing"][0]
        and "→ `evergreen run` goes on" in found["landing"][0]
    )
    assert found["roles"][0].startswith("ok")
    assert found["release"][0].startswith("look")


DEFINITION = """
source: till
tables:
  receipts:
    files: ["receipts-*.csv"]
    delivered_on: {}
    key: [receipt]
    columns: {receipt: {from: Receipt}, amount: {from: Amount, type: numeric}}
  goods:
    files: ["goods-*.csv"]
    key: [article]
    columns: {article: {from: Article}}
"""


def test_the_newest_files_are_held_against_the_definition(
    no_home: Path, evergreen: Evergreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in {
        "dags/none": "",
        "dbt_project/none": "",
        "expectations/none": "",
        "sources/till.yml": DEFINITION,
        "data/receipts-2026-01-01.csv": "Nothing,That,Fits\n1,2,3\n",
        "data/receipts-2026-01-02.csv": "Receipt,Amount\n1,2\n",
        "data/goods-1.csv": "Article\nA1\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("EVERGREEN_PROJECT", str(tmp_path))
    settings_module.reset()
    monkeypatch.setattr("evergreen.cli.doctor.activation", lambda: {"till": str(tmp_path / "data")})

    def source() -> list[str]:
        return lines(evergreen("doctor").out)["source"]

    assert source() == ["ok    source       till: can be read"]
    (tmp_path / "data" / "receipts-2026-01-03.csv").write_text("Receipt,Amount,Shelf\n1,2,3\n")
    [found] = source()
    assert (
        found.startswith("look")
        and "till.receipts: receipts-2026-01-03.csv: 'Shelf' is new, and kept" in found
    )
    (tmp_path / "data" / "goods-2.csv").write_text("Colour,Weight\nred,2\n")
    look, bad = source()
    assert look == found
    assert bad.startswith("bad") and "goods-2.csv is rejected: columns_missing: missing: Article" in bad
    assert "→ have it delivered as before, or mend tables.goods in sources/till.yml" in bad


def test_a_long_transaction_is_named(
    warehouse: Warehouse, evergreen: Evergreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evergreen.cli.doctor.LONG_MINUTES", 0)
    with warehouse.connect("reader") as idle:
        [pid] = idle.execute("select pg_backend_pid()").fetchone() or [0]
        found = lines(evergreen("doctor").out)
    assert f"pg_terminate_backend({pid})" in found["locks"][0]


def test_a_role_that_cannot_connect(warehouse: Warehouse, evergreen: Evergreen) -> None:
    with warehouse.connect("admin", autocommit=True) as admin:
        admin.execute(f"alter role {warehouse.role_name('reader')} nologin")
        try:
            said = evergreen("doctor")
        finally:
            admin.execute(f"alter role {warehouse.role_name('reader')} login")
    assert said.code == 1
    assert lines(said.out)["roles"][0].startswith("bad")

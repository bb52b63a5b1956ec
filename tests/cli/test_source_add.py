"""`evergreen source add`: what it shows before it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Evergreen

EXPORT = "order,customer,date,total\n1,7,2026-01-01,5\n2,8,2026-01-02,6\n"
DELIVERY = "dbt_project/models/input_layer/tea/input_tea__orders.sql"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(EXPORT, encoding="utf-8")
    return path


def test_a_dry_run_shows_the_definition_and_which_files(
    no_home: Path, evergreen: Evergreen, export: Path
) -> None:
    short = evergreen("source", "add", "tea", "--from", export, "--dry-run")
    full = evergreen("source", "add", "tea", "--from", export, "--dry-run", "--full")
    assert (short.code, full.code) == (0, 0)
    assert "── sources/tea.yml\nsource: tea\n" in short.out
    [listed] = [line for line in short.out.splitlines() if line.startswith(DELIVERY)]
    text = full.out.partition(f"── {DELIVERY}\n")[2].partition("\n── ")[0]
    assert "with sales as (" in text
    assert listed.split()[-1] == str(text.count("\n"))
    assert "with sales as (" not in short.out
    assert "--dry-run --full shows these files too" in short.out
    assert "--dry-run" in evergreen("source", "add", "tea", "--from", export, "--full").complaint

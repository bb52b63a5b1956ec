"""`evergreen source add`: what it shows before it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Evergreen
from evergreen import settings as settings_module
from evergreen.cli.terminal import program
from evergreen.settings import activate
from evergreen.warehouse.connections import Warehouse

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


def test_the_password_of_a_database_is_not_repeated(
    warehouse: Warehouse, evergreen: Evergreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "checkout"
    (root / "sources").mkdir(parents=True)
    (root / "dbt_project").mkdir()
    (root / "dbt_project" / "dbt_project.yml").write_text("vars:\n  deliveries:\n    x: [orders]\n")
    monkeypatch.setenv("EVERGREEN_PROJECT", str(root))
    settings_module.reset()
    with warehouse.connect("admin") as admin:
        admin.execute(
            "create table public.orders (id integer primary key, client text, paid_at date, total numeric)"
        )
        admin.execute("insert into public.orders values (1, 'C1', '2026-01-02', 5)")
    url = warehouse.url("admin")
    activate({"shop": "simulated", "survey": ""})
    said = evergreen("source", "add", "tea", "--from", url, "--table", "orders")
    assert said.code == 0, said.err
    secret = warehouse.parameters("admin")["password"]
    assert secret in url
    assert secret not in said.out + "".join(path.read_text() for path in root.rglob("*.*"))
    activate({})
    assert f"{program()} run --source tea=" in said.out and "with the password" in said.out
    assert "To keep shop, survey, add\n  --source shop=simulated --source survey\n" in said.out
    assert "is for databases" in evergreen("source", "add", "b", "--from", tmp_path, "--table", "x").complaint

"""`evergreen source remove`: a source that is taken away is gone; one that is mended is loaded anew."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from cli.conftest import Evergreen
from evergreen import settings as settings_module
from evergreen.cli.locks import only_run
from evergreen.cli.summary import never_promoted
from evergreen.loading import findings, gate
from evergreen.publishing.releases import releases
from evergreen.sources import registry
from evergreen.warehouse.connections import Warehouse
from faults.pipeline import build_and_publish
from loading.conftest import StrictJudge
from loading.mill import LINES, Mill

ROOT = Path(__file__).parents[2]
HEADER = "Order,Quantity,Price,Sold,Customer"
# two lines of order A1, which a key of the order alone takes for versions of one row
ROWS = ("A1,1,3,2026-01-05,7", "A1,2,4,2026-01-05,7", "A2,5,6,2026-01-06,8", "A3,many,1,2026-01-06,9")
PROJECT_FILE = """
vars:
  # what each source delivers
  deliveries:
    grain: [orders]
    mill: [orders]
    # several lines
    shop:
      - orders
      - products

  reconcile: false
"""
BATCHES = "select source, status, received_rows, promoted_rows, quarantined_rows from audit.load_batches"


def define(root: Path, **changes: Any) -> None:
    """Write the definition of the mill into a project."""
    content = yaml.safe_load(LINES)
    content["tables"]["lines"] |= changes
    (root / "sources" / "mill.yml").write_text(yaml.safe_dump(content), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a mill whose key is wrong."""
    root = tmp_path / "project"
    for name, text in {
        "dbt_project/dbt_project.yml": PROJECT_FILE,
        "dbt_project/models/staging/mill/stg_mill__lines.sql": "select 1",
        "dbt_project/models/input_layer/mill/input_mill__orders.sql": "select * from ref('stg_mill__lines')",
        "expectations/mill__lines.json": '{"name": "mill__lines", "expectations": []}',
        "expectations/mill__x__lines.json": "of another source",
        "sources/mill__x.yml": "source: mill__x",
        "sources/grain.yml": "source: grain",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    define(root, key=["order_id"])
    monkeypatch.setenv("EVERGREEN_PROJECT", str(root))
    settings_module.reset()
    return root


@pytest.fixture
def mill(
    warehouse: Warehouse, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mill]:
    """The mill as its first run leaves it: two lines taken for one, one row in quarantine, a release."""
    monkeypatch.setattr(gate, "Judge", StrictJudge)
    settings_module.reset()
    before = settings_module.activation()
    settings_module.activate({"mill": str(tmp_path), "grain": "/elsewhere"})
    made = Mill(warehouse, tmp_path)
    made.source = registry.load("mill")
    made.deliver("2026-01-07.csv", HEADER, *ROWS)
    made.load()
    made.execute("create view staging.stg_mill__lines as select * from raw.mill__lines")
    made.execute("create view input_layer.input_mill__orders as select * from staging.stg_mill__lines")
    build_and_publish(warehouse)
    yield made
    settings_module.activate(before)


def files(root: Path) -> dict[str, str]:
    written = (path for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(root)): path.read_text() for path in written}


def test_with_another_key_everything_is_loaded_anew(mill: Mill, project: Path, evergreen: Evergreen) -> None:
    assert mill.current(columns="order_id") == [("A1",), ("A2",)], "a line of A1 was taken for an old version"
    said = evergreen("source", "remove", "mill", "--loaded-only", "--yes")
    assert said.code == 0, said.err
    assert "raw.mill__lines     3" in said.out and "quarantine.rows     1" in said.out
    assert "stay in the ledger, as history: 1" in said.out
    assert "The definition stays: sources/mill.yml" in said.out and said.out.endswith("evergreen run\n")
    assert mill.rows("select from quarantine.rows") == mill.rows("select from pii.customers") == []
    assert mill.rows("select from pg_views where schemaname in ('staging', 'input_layer')") == []
    assert mill.current() == [], "a build in between finds the table, empty"

    define(project, key=["order_id", "quantity"])
    mill.source = registry.load("mill")
    loaded = mill.load()
    assert (loaded.received_rows, loaded.promoted_rows, loaded.quarantined_rows) == (4, 3, 1)
    assert mill.current() == [("A1", 1), ("A1", 2), ("A2", 5)]
    assert mill.value("select count(*) from pii.customers") == 2
    assert mill.unbalanced() == []
    assert mill.rows(f"{BATCHES} order by batch_id") == [("mill", "promoted", 4, 3, 1)] * 2

    build_and_publish(mill.warehouse)
    assert [release.is_full for release in releases(mill.warehouse)] == [True, True]
    assert mill.value("select sales from marts.totals") == 3


def test_what_decides_about_later_loads_forgets_too(mill: Mill, evergreen: Evergreen) -> None:
    mill.deliver("2026-01-08.csv", f"{HEADER},More", "B1,1,1,2026-01-09,7,x")
    mill.load()  # it announces the new column
    mill.deliver("2026-01-09.csv", "Order,Nothing", "B1,1")
    mill.deliver("2026-01-10.csv", HEADER, "C1,1,1,2026-01-10,7")
    mill.land()  # one batch is rejected, one is on its way
    assert mill.open_rejections() == [3]
    assert evergreen(*("source", "remove", "mill", "--loaded-only", "--yes")).code == 0

    assert mill.rows("select status, forgotten_in is null from audit.load_batches order by batch_id") == [
        ("promoted", False),
        ("promoted", False),
        ("rejected", False),
        ("lost", False),
    ]
    assert mill.open_rejections() == [] and mill.rows("select from audit.held_back") == []
    assert never_promoted(mill.warehouse, ["mill"]) == ["mill"]
    assert findings.find(mill.warehouse, [mill.source]).findings == []
    mill.load()
    announced = "select count(*) from audit.gate_results where rule = 'columns_added'"
    assert mill.value(announced) == 2, "a column that is new is new again"


def test_the_whole_source(mill: Mill, project: Path, evergreen: Evergreen) -> None:
    said = evergreen("source", "remove", "mill", "--yes")
    assert said.code == 0, said.err
    assert sorted(files(project)) == [
        "dbt_project/dbt_project.yml",
        "expectations/mill__x__lines.json",
        "sources/grain.yml",
        "sources/mill__x.yml",
    ]
    assert not list((project / "dbt_project" / "models").rglob("mill"))
    assert "mill" not in yaml.safe_load(files(project)["dbt_project/dbt_project.yml"])["vars"]["deliveries"]
    assert files(project)["dbt_project/dbt_project.yml"] == PROJECT_FILE.replace("    mill: [orders]\n", "")
    assert settings_module.activation() == {"grain": "/elsewhere"}
    assert mill.rows("select from pg_tables where tablename like 'mill%%'") == []
    assert (
        "nothing of it is here: there are grain, mill__x" in evergreen("source", "remove", "mill").complaint
    )


def test_an_entry_of_several_lines_goes_as_a_whole(
    project: Path, evergreen: Evergreen, no_home: Path
) -> None:
    (project / "sources" / "shop.yml").write_text("not: even readable: yaml")
    assert evergreen("source", "remove", "shop", "--yes").code == 0
    rest = files(project)["dbt_project/dbt_project.yml"]
    assert rest == PROJECT_FILE.replace("    shop:\n      - orders\n      - products\n", "")


def test_what_add_wrote_remove_takes_away(
    tmp_path: Path, evergreen: Evergreen, no_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "checkout"
    for name in ("dbt_project", "expectations", "sources"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("target", "logs"))
    monkeypatch.setenv("EVERGREEN_PROJECT", str(root))
    settings_module.reset()
    before = files(root)
    export = tmp_path / "orders.csv"
    export.write_text("order,customer,date,total\n1,7,2026-01-01,5\n2,8,2026-01-02,6\n")
    assert evergreen("source", "add", "mine", "--from", export).code == 0
    assert files(root) != before
    said = evergreen("source", "remove", "mine", "--yes")
    assert said.code == 0, said.err
    assert "Nothing of it was loaded into this home." in said.out
    assert files(root) == before
    for name in ("online_retail", "shop"):
        assert "names its model" in evergreen("source", "remove", name, "--yes").complaint
    assert files(root) == before


@pytest.mark.parametrize("arguments", [["../mill"], ["*"], ["Mill"]])
def test_what_is_no_name(no_home: Path, evergreen: Evergreen, arguments: list[str]) -> None:
    assert "is no name here" in evergreen("source", "remove", *arguments).complaint


def test_nothing_goes_where_something_is_in_the_way(
    mill: Mill, project: Path, evergreen: Evergreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (files(project), settings_module.activation(), mill.rows(BATCHES), mill.current())

    def complaint(*more: str) -> str:
        said = evergreen("source", "remove", "mill", *more)
        assert (said.code, mill.rows(BATCHES), mill.current()) == (1, *before[2:])
        return said.complaint

    assert "say --yes where nobody can be asked" in complaint()
    mill.execute("create view marts.mine as select order_id from staging.stg_mill__lines")
    assert "marts.mine reads what was loaded of it" in complaint("--yes")
    mill.execute("drop view marts.mine")
    other = project / "dbt_project" / "models" / "mine.sql"
    other.write_text("select * from {{ ref('input_mill__orders') }}")
    assert "dbt_project/models/mine.sql names its model input_mill__orders" in complaint("--yes")
    other.unlink()
    with only_run():
        assert "`evergreen run` is at work on this home" in complaint("--yes")
    monkeypatch.setattr("evergreen.cli.remove.services.running", lambda: {"port": 8080})
    assert "Airflow is running on this home" in complaint("--yes")
    assert (files(project), settings_module.activation()) == before[:2]


def test_the_answer_counts(
    mill: Mill, project: Path, evergreen: Evergreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    assert evergreen("source", "remove", "mill").complaint == "evergreen: nothing was removed"
    assert mill.current() != []
    monkeypatch.setattr("builtins.input", lambda question: "yes")
    assert evergreen("source", "remove", "mill").code == 0
    assert mill.rows("select from pg_tables where tablename like 'mill%%'") == []


def test_only_the_owner_marks_a_batch_as_forgotten(mill: Mill) -> None:
    refused = psycopg.errors.IntegrityConstraintViolation
    forgets = "update audit.load_batches set forgotten_in = 1 where batch_id = 1"
    with (
        mill.warehouse.connect("loader") as loader,
        pytest.raises(refused),
    ):
        loader.execute(forgets)
    with mill.warehouse.connect("admin") as admin:
        admin.execute("insert into audit.promotions (source) values ('removal')")
        for more in ("set message = 'x', forgotten_in = 1", "set received_rows = 9, forgotten_in = 1"):
            with pytest.raises(refused), admin.transaction():
                admin.execute(forgets.replace("set forgotten_in = 1", more))  # type: ignore[arg-type]
        admin.execute(forgets)  # type: ignore[arg-type]
        with pytest.raises(refused), admin.transaction():
            admin.execute(forgets.replace("= 1 where", "= 2 where"))  # type: ignore[arg-type]

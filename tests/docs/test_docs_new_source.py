"""docs/new_source.md: following it to the letter brings the sample's rows into the input layer."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from dbt_models.project import Project
from dbt_models.rules import RULES
from docs.collect import ROOT, blocks
from evergreen import settings as settings_module
from evergreen.loading import load
from evergreen.orchestration import dbt
from evergreen.sources import registry
from evergreen.warehouse.connections import Warehouse

PAGE = ROOT / "docs" / "new_source.md"
LAYERS = ("staging", "input_layer")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the page's files are written."""
    root = tmp_path_factory.mktemp("project")
    for name in ("sources", "expectations", "dbt_project"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("target", "logs"))
    for block in blocks():
        if block.page == PAGE and block.file:
            path = root / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            text = block.text
            if path.exists():  # what has to be added to a file that is there
                text = yaml.safe_dump(
                    added(yaml.safe_load(path.read_text()), yaml.safe_load(text)), sort_keys=False
                )
            path.write_text(text)
    return root


def added(present: Any, more: Any) -> Any:
    if isinstance(present, dict):
        return present | {
            key: added(present[key], value) if key in present else value for key, value in more.items()
        }
    return present + more


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """The folder with the file that the page shows."""
    [block] = [block for block in blocks("csv") if block.page == PAGE]
    (tmp_path / "sales-2026-11-02.csv").write_text(block.text)
    return tmp_path


def test_steps_lead_to_the_input_layer(
    project: Path, sample: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EVERGREEN_PROJECT", str(project))
    settings_module.reset()
    load.land("bookshop", str(sample))
    gated, promoted = load.gate("bookshop"), load.promote("bookshop")
    assert (gated["failing_rows"], gated["warnings"], promoted["promoted_rows"]) == (0, 0, 3)

    build(project, warehouse, tmp_path / "target")
    with warehouse.connect("transformer") as connection:
        connection.execute(
            "insert into audit.candidate (generation, as_of_date, through_promotion)"
            " select 1, '2026-11-02', max(promotion_id) from audit.promotions"
        )
        orders = connection.execute(
            "select order_id, customer_id is null, currency, ordered_at::text"
            " from input_layer.orders order by 1"
        ).fetchall()
        lines = connection.execute(
            "select order_id, line_key, product_id, line_amount from input_layer.order_lines order by 1, 2"
        ).fetchall()
    assert orders == [
        ("bookshop:1001", False, "GBP", "2026-11-02 10:15:00"),
        ("bookshop:1002", True, "GBP", "2026-11-02 16:40:00"),
    ]
    assert [(*line[:3], str(line[3])) for line in lines] == [
        ("bookshop:1001", "1", "bookshop:9780140449136", "11.99"),
        ("bookshop:1001", "2", "bookshop:9780141439518", "17.00"),
        ("bookshop:1002", "1", "bookshop:9780140449136", "11.99"),
    ]
    with warehouse.connect("steward") as connection:
        people = connection.execute("select identifier, personal from pii.customers").fetchall()
    assert people == [("C7", {"email": "ann@example.org"})]
    assert not broken_rules(project, tmp_path / "target")


def build(project: Path, warehouse: Warehouse, target: Path) -> None:
    """Let dbt make the views of the source, and the contract."""
    folder = project / "dbt_project"
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--no-use-colors", "run"),
            *("--project-dir", folder, "--profiles-dir", folder, "--target-path", target),
            *("--log-path", target, "--vars", json.dumps({"active_sources": ["bookshop"]})),
            *("--select", *(f"+input_layer__{name}" for name in ("orders", "order_lines"))),
        ],
        env=subprocess.os.environ | dbt.credentials(warehouse),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]


def broken_rules(project: Path, target: Path) -> list[str]:
    """Return what the structural rules of tests/dbt_models find about the new source."""
    found = Project(
        manifest=json.loads((target / "manifest.json").read_text()),
        config=yaml.safe_load((project / "dbt_project" / "dbt_project.yml").read_text()),
        source_tables={name: list(source.tables) for name, source in registry.load_all(project).items()},
    )
    return [line for rule in RULES for line in rule(found) if "bookshop" in line]

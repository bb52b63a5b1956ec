"""The hash by which a build knows that it has to compute everything anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.publishing.configuration import configuration_hash

VARIABLES = {"active_sources": ["shop"]}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("models", "seeds", "target", "logs"):
        (tmp_path / name).mkdir()
    (tmp_path / "models" / "orders.sql").write_text("select 1", "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "path", ["models/orders.sql", "models/orders.yml", "seeds/items.csv", "dbt_project.yml", "models/new.sql"]
)
def test_what_a_build_is_made_from_counts(project: Path, path: str) -> None:
    before = configuration_hash(project, VARIABLES)
    (project / path).write_text("changed", "utf-8")
    assert configuration_hash(project, VARIABLES) != before


@pytest.mark.parametrize("path", ["target/manifest.json", "logs/dbt.log", "target/run.sql", ".user.yml.swp"])
def test_what_a_build_leaves_behind_does_not(project: Path, path: str) -> None:
    before = configuration_hash(project, VARIABLES)
    (project / path).write_text("changed", "utf-8")
    assert configuration_hash(project, VARIABLES) == before


def test_a_file_that_moves_and_a_variable_count(project: Path) -> None:
    before = configuration_hash(project, VARIABLES)
    assert configuration_hash(project, {"active_sources": ["shop", "survey"]}) != before
    (project / "models" / "orders.sql").rename(project / "models" / "sales.sql")
    assert configuration_hash(project, VARIABLES) != before

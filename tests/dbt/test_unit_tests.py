"""What the unit tests of dbt say, and what the input layer is when no source is active; on a real server."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import run_dbt

from evergreen.loading.tables import prepare
from evergreen.orchestration.dbt import credentials
from evergreen.sources import registry
from evergreen.warehouse.connections import Warehouse


@pytest.fixture
def raw_warehouse(warehouse: Warehouse) -> Warehouse:
    """A fresh warehouse with the raw tables of all sources, without rows."""
    prepare(warehouse, registry.load_all().values())
    return warehouse


def input_layer(warehouse: Warehouse) -> dict[str, list[tuple[str, str]]]:
    """Return the columns (name, type) of every relation of the input layer that is no delivery."""
    query = """
        select table_name, column_name, data_type
        from information_schema.columns
        where table_schema = 'input_layer' and table_name not like 'input\\_%'
        order by table_name, ordinal_position
    """
    relations: dict[str, list[tuple[str, str]]] = {}
    with warehouse.connect("transformer") as connection:
        for relation, column, data_type in connection.execute(query):
            relations.setdefault(relation, []).append((column, data_type))
    return relations


def test_unit_tests_of_dbt_pass(raw_warehouse: Warehouse, tmp_path: Path) -> None:
    known = credentials(raw_warehouse)
    # dbt takes the types of a unit test's rows from the relations they stand for
    run_dbt("build", "--empty", *models_only(), *variables(), target=tmp_path, environment=known)
    run_dbt("test", "--select", "test_type:unit", target=tmp_path, environment=known)


def test_input_layer_is_typed_and_empty_without_sources(raw_warehouse: Warehouse, tmp_path: Path) -> None:
    known = credentials(raw_warehouse)
    layers = ("--select", "staging", "input_layer", "survey_items")
    run_dbt("build", *models_only(), *layers, target=tmp_path, environment=known)
    with_all = input_layer(raw_warehouse)

    without = variables(active_sources="[]")
    run_dbt("build", *models_only(), *layers, *without, target=tmp_path, environment=known)

    assert len(with_all) == 19
    assert input_layer(raw_warehouse) == with_all
    with raw_warehouse.connect("transformer") as connection:
        for relation in with_all:
            assert connection.execute(f"select count(*) from input_layer.{relation}").fetchone() == (0,)


def models_only() -> tuple[str, ...]:
    return ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")


def variables(**given: str) -> tuple[str, ...]:
    known = {"as_of_date": "2011-12-09"} | given
    return ("--vars", "{" + ", ".join(f"{name}: {value}" for name, value in known.items()) + "}")

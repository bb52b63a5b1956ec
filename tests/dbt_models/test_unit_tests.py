"""What the unit tests of dbt say, and what the input layer is when no source is active; on a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from dbt_models.project import Project, run_dbt
from evergreen.loading.tables import prepare
from evergreen.orchestration.dbt import credentials
from evergreen.sources import registry
from evergreen.warehouse.connections import Warehouse

# fails by dividing by zero: of a century, the periods between every 37th and all others, forth and back
MISCOUNTED = """
with
{%- for period in ['week', 'month', 'quarter', 'year'] %}
{{ period }}s as (
    select period_start, row_number() over (order by period_start) as place
    from (
        {{ period_series(period_start("date '1970-01-01'", period), "date '2070-01-01'", period) }}
    ) as listed
),
{%- endfor %}
counted as (
    {%- for period in ['week', 'month', 'quarter', 'year'] %}
    select
        later.place - first.place as places,
        {{ periods_between('first.period_start', 'later.period_start', period) }} as periods
    from {{ period }}s as first
    cross join {{ period }}s as later
    where first.place % 37 = 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)
select 1 / (case when bool_and(places = periods) and count(*) > 100000 then 1 else 0 end) as fine
from counted
"""


@pytest.fixture
def raw_warehouse(warehouse: Warehouse) -> Warehouse:
    """A fresh warehouse with the raw tables of all sources, without rows."""
    prepare(warehouse, registry.load_all().values())
    return warehouse


def test_unit_tests_of_dbt_pass(raw_warehouse: Warehouse, tmp_path: Path) -> None:
    known = credentials(raw_warehouse)
    # dbt takes the types of a unit test's rows from the relations they stand for
    run_dbt("build", "--empty", *models_only(), *variables(), target=tmp_path, environment=known)
    run_dbt("test", "--select", "test_type:unit", *variables(), target=tmp_path, environment=known)


def test_input_layer_is_typed_and_empty_without_sources(
    raw_warehouse: Warehouse, project: Project, tmp_path: Path
) -> None:
    contracts = {
        model.node["alias"]: [
            (name, column["data_type"].replace("timestamp", "timestamp without time zone"))
            for name, column in model.node["columns"].items()
        ]
        for model in project.in_layers("contract")
    }
    deliveries = [f"input_layer.{name}" for name in registry.load_all()]
    run_dbt(
        *("build", "--select", "input_layer", "--exclude", *deliveries),
        *(*models_only(), *variables(active_sources="[]")),
        target=tmp_path,
        environment=credentials(raw_warehouse),
    )

    with raw_warehouse.connect("transformer") as connection:
        for relation, columns in contracts.items():
            rows = connection.execute(f"select * from input_layer.{relation}")
            assert rows.fetchall() == []
            described = connection.execute(
                "select column_name, data_type from information_schema.columns"
                " where table_schema = 'input_layer' and table_name = %s",
                [relation],
            )
            assert sorted(described.fetchall()) == sorted(columns)
    assert len(contracts) == 19


def models_only() -> tuple[str, ...]:
    return ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")


def variables(**given: str) -> tuple[str, ...]:
    known = {"as_of_date": "2011-12-09"} | given
    return ("--vars", "{" + ", ".join(f"{name}: {value}" for name, value in known.items()) + "}")


def test_periods_between_are_whole_also_after_a_century(warehouse: Warehouse, tmp_path: Path) -> None:
    run_dbt("show", "--inline", MISCOUNTED, target=tmp_path, environment=credentials(warehouse))

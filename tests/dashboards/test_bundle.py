"""The dashboards' definition: everything it names is there, and PostgreSQL understands every query of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg import sql

from evergreen.warehouse.connections import Connection, Warehouse
from evergreen_dashboards import bundle, datasets
from evergreen_dashboards.charts import Chart
from evergreen_dashboards.dashboards import Dashboard
from evergreen_dashboards.datasets import Dataset, DefinitionError, Terms

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "dashboards.md"
TERMS = Terms.load()
DATASETS = datasets.load(TERMS)
DASHBOARDS = Dashboard.all(DATASETS)


def test_what_people_ask_for_is_there() -> None:
    assert {one.slug for one in DASHBOARDS} == {
        *("lifecycle", "retention", "value", "satisfaction", "data_quality"),
    }
    kinds = {chart.kind for one in DASHBOARDS for chart in one.charts}
    assert {"sankey", "heatmap", "curve", "matrix", "number", "trend"} <= kinds


def test_every_query_is_understood(warehouse: Warehouse) -> None:
    """Each chart asks empty tables of the marts' columns and types; those of audit are looked at."""
    with warehouse.connect("transformer") as connection:
        for dataset in DATASETS.values():
            _stand_in(connection, dataset)
        for one in DASHBOARDS:
            for chart in one.charts:
                for statement in _statements(chart):
                    connection.execute(statement)  # fails with what PostgreSQL does not understand


def test_a_column_that_is_gone_would_be_noticed(warehouse: Warehouse) -> None:
    metrics = {"M": datasets.Metric("M", "sum(gone)")}
    lacking = Dataset("x", ("marts", "x"), {"month": ("date", "")}, metrics=metrics)
    with warehouse.connect("transformer") as connection:
        _stand_in(connection, lacking)
        [statement, *_] = _statements(Chart("c", "number", lacking, metrics=["M"]))
        with pytest.raises(Exception, match='column "gone" does not exist'):
            connection.execute(statement)


def _stand_in(connection: Connection, dataset: Dataset) -> None:
    schema, name = dataset.relation
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind))
        for column, (kind, _) in dataset.columns.items()
    )
    if schema == "audit":
        listed = sql.SQL(", ").join(map(sql.Identifier, dataset.columns))
        connection.execute(sql.SQL("select {} from {}").format(listed, sql.Identifier(schema, name)))
    connection.execute(sql.SQL("create temporary table {} ({})").format(_place(dataset), columns))


def _place(dataset: Dataset) -> sql.Identifier:
    return sql.Identifier(f"as_{dataset.name}")


def _statements(chart: Chart) -> list[sql.Composed]:
    """Return the queries of a chart, much as Superset composes them."""
    dataset = chart.dataset
    metrics = [*chart.metrics, *(name for part in ("x", "y", "size", "line") for name in chart.listed(part))]
    sums = [sql.SQL(dataset.metrics[name].sql) for name in metrics if name in dataset.metrics]
    grouping = ("x", "y", "by", "from", "to", "label", "rows", "columns")
    named = [name for part in grouping for name in chart.listed(part)]
    parts = [
        sql.SQL(dataset.computed[name]) if name in dataset.computed else sql.Identifier(name)
        for name in named
        if name in dataset.names
    ]
    where = sql.SQL(" and ").join(sql.SQL("({})").format(sql.SQL(text)) for text in chart.where or ["true"])
    by = sql.SQL(", ").join(map(sql.SQL, map(str, range(1, len(parts) + 1))))
    return [
        sql.SQL("select {} from {} where {}").format(sql.SQL(", ").join(parts + sums), _place(dataset), where)
        + (sql.SQL(" group by {}").format(by) if parts else sql.SQL(""))
    ]


def test_names_are_told_apart() -> None:
    for one in DASHBOARDS:
        assert max(Counter(chart.name for chart in one.charts).values()) == 1
    keys = [yaml.safe_load(text)["uuid"] for name, text in bundle.bundle().items() if name != "metadata.yaml"]
    assert max(Counter(keys).values()) == 1


def test_every_chart_stands_on_a_dataset_that_is_imported() -> None:
    files = {name: yaml.safe_load(text) for name, text in bundle.bundle().items()}
    known = {content["uuid"] for name, content in files.items() if name.startswith("datasets/")}
    charts = {content["uuid"] for name, content in files.items() if name.startswith("charts/")}
    assert {content["dataset_uuid"] for name, content in files.items() if name.startswith("charts/")} <= known
    for name, content in files.items():
        if name.startswith("dashboards/"):
            assert {part["meta"]["uuid"] for part in _charts_of(content)} <= charts
            for one in content["metadata"]["native_filter_configuration"]:
                assert {target["datasetUuid"] for target in one["targets"] if target} <= known


def _charts_of(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [part for part in dashboard["position"].values() if isinstance(part, dict)]
    return [part for part in parts if part["type"] == "CHART"]


def test_filters_leave_out_what_knows_nothing_of_them() -> None:
    files = {name: yaml.safe_load(text) for name, text in bundle.bundle().items()}
    dashboard = files["dashboards/lifecycle.yaml"]
    names = {part["meta"]["chartId"]: part["meta"]["sliceName"] for part in _charts_of(dashboard)}
    [segment, channel, period] = dashboard["metadata"]["native_filter_configuration"]
    assert [one["name"] for one in (segment, channel, period)] == ["Segment", "Channel", "Period"]
    assert {names[number] for number in segment["scope"]["excluded"]} == {
        *("Warned customers by risk", "Whom to keep first"),
    }
    assert "Stage now, by segment" in {names[number] for number in period["scope"]["excluded"]}


def test_the_bundle_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        bundle.write(tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"kind": "pie"}, "no kind of chart pie"),
        ({"metrics": ["Applause"]}, "has no metric Applause"),
        ({"by": "Stag"}, "has no Stag"),
    ],
)
def test_what_is_not_there_is_refused(said: dict[str, Any], complaint: str) -> None:
    chart = {"name": "c", "kind": "bars", "dataset": "lifecycle_flows_by_segment", "x": "month"}
    with pytest.raises(DefinitionError, match=complaint):
        Chart.of({**chart, "metrics": ["Customers"], **said}, DATASETS)


def test_the_page_shows_every_dashboard() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for one in DASHBOARDS:
        picture = ROOT / "docs" / "dashboards" / f"{one.slug}.png"
        assert f"## {one.title}" in text
        assert f"](dashboards/{picture.name})" in text
        assert picture.stat().st_size < 200_000

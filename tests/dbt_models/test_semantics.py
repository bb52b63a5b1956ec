"""The metrics: they rest on columns that the marts have, and follow the definitions of the marts."""

from __future__ import annotations

import re

from dbt_models.project import Project


def test_measures_and_dimensions_are_columns(project: Project) -> None:
    models = {model.node["unique_id"]: model.node for model in project.models}
    semantic = project.manifest["semantic_models"].values()
    assert semantic
    for one in semantic:
        [parent] = one["depends_on"]["nodes"]
        columns = set(models[parent]["columns"])
        for part in (*one["measures"], *one["dimensions"]):
            for named in re.findall(r"[a-z_]\w*", part["expr"] or part["name"]):
                assert named in columns, (
                    f"{one['name']}.{part['name']}: {models[parent]['name']} has no {named}"
                )


def test_everything_is_described(project: Project) -> None:
    described = [
        *project.manifest["semantic_models"].values(),
        *project.manifest["metrics"].values(),
        *project.manifest["saved_queries"].values(),
        *project.manifest["exposures"].values(),
    ]
    for one in described:
        assert one["description"].strip().endswith("."), one["name"]


def test_rates_are_ratios_of_sums(project: Project) -> None:
    """A mean of rates would weigh small cohorts like large ones."""
    rates = [one for one in project.manifest["metrics"].values() if one["name"].endswith("_rate")]
    assert {one["name"] for one in rates} >= {"retention_rate", "unbounded_retention_rate", "churn_rate"}
    assert {one["type"] for one in rates} == {"ratio"}


def test_churn_is_that_of_the_mart(project: Project) -> None:
    """Who is lost and back within a month is lost, and has not churned."""
    [mart] = [model.node for model in project.models if model.name == "customer_movements"]
    [part] = re.findall(r"'churn_rate': '([^']+)'", mart["raw_code"])
    rate = project.manifest["metrics"]["metric.evergreen.churn_rate"]["type_params"]
    [measure] = [
        measure
        for one in project.manifest["semantic_models"].values()
        for measure in one["measures"]
        if measure["name"] == rate["numerator"]["name"]
    ]
    assert measure["expr"] == part.replace("based.", "")
    assert rate["denominator"]["name"] == "opening_customers"


def test_months_that_have_not_ended_do_not_count_in_rates(project: Project) -> None:
    metrics = {one["name"]: one for one in project.manifest["metrics"].values()}
    for one in metrics.values():
        if one["name"].endswith("_rate"):
            for side in ("numerator", "denominator"):
                part = metrics[one["type_params"][side]["name"]]
                conditions = [found["where_sql_template"] for found in part["filter"]["where_filters"]]
                assert any(re.search(r"is_complete'", text) for text in conditions), part["name"]


def test_the_report_reads_what_its_exposure_says(project: Project) -> None:
    from evergreen.report.figures import _QUERIES

    read = {name for _, needed in _QUERIES.values() for name in needed}
    known = {model.name for model in project.models}
    said = project.manifest["exposures"]["exposure.evergreen.first_look"]["depends_on"]["nodes"]
    assert {name.rpartition(".")[2] for name in said} == (read & known) | {"customers"}


def test_the_dashboards_read_what_their_exposures_say(project: Project) -> None:
    from evergreen_dashboards import datasets
    from evergreen_dashboards.dashboards import Dashboard

    for one in Dashboard.all(datasets.load(datasets.Terms.load())):
        said = project.manifest["exposures"][f"exposure.evergreen.{one.slug}_dashboard"]
        read = {chart.dataset.relation for chart in one.charts}
        assert {name.rpartition(".")[2] for name in said["depends_on"]["nodes"]} == {
            mart for schema, mart in read if schema == "marts"
        }
        assert said["label"] == one.title

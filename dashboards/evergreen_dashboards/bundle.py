"""The bundle: everything that Superset imports, as YAML files in its own export format."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import yaml

from evergreen_dashboards import datasets
from evergreen_dashboards.dashboards import Dashboard, key
from evergreen_dashboards.datasets import Dataset, Terms, in_words

DATABASE = "Evergreen"
# Says neither host nor password: those are of the installation, see config.py. Elsewhere people fill them in.
URI = "postgresql+psycopg2://evergreen_reader@warehouse:5432/evergreen"
_ROOT = "evergreen_dashboards"


def bundle() -> dict[str, str]:
    """Return the files of the bundle by name, for the import of assets."""
    terms = Terms.load()
    known = datasets.load(terms)
    files: dict[str, Any] = {
        "metadata.yaml": {"version": "1.0.0", "type": "assets", "timestamp": "2026-01-01T00:00:00+00:00"},
        f"databases/{DATABASE}.yaml": _database(),
    }
    for dataset in known.values():
        files[f"datasets/{DATABASE}/{dataset.name}.yaml"] = _dataset(dataset, terms)
    for dashboard in Dashboard.all(known):
        for number, chart in enumerate(dashboard.charts, start=1):
            files[f"charts/{dashboard.slug}_{number:02}.yaml"] = {
                "slice_name": chart.name,
                "description": chart.note if chart.kind != "number" else "",
                "viz_type": chart.viz_type,
                "params": chart.params(terms),
                "uuid": key("chart", dashboard.slug, chart.name),
                "dataset_uuid": _key(chart.dataset),
                "version": "1.0.0",
            }
        files[f"dashboards/{dashboard.slug}.yaml"] = dashboard.asset(terms)
    return {name: yaml.safe_dump(content, allow_unicode=True) for name, content in files.items()}


def write(path: Path) -> None:
    """Write the bundle as a file that any Superset of this version imports, the same bytes each time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in bundle().items():
            archive.writestr(ZipInfo(f"{_ROOT}/{name}"), content)


def _key(dataset: Dataset) -> str:
    return key("dataset", *dataset.relation, dataset.name)


def _database() -> dict[str, Any]:
    return {
        "database_name": DATABASE,
        "sqlalchemy_uri": URI,
        "uuid": key("database"),
        "version": "1.0.0",
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "extra": {"allows_virtual_table_explore": True},
    }


def _dataset(dataset: Dataset, terms: Terms) -> dict[str, Any]:
    schema, _ = dataset.relation
    known = [
        {
            "column_name": column,
            "verbose_name": in_words(column),
            "type": kind.upper(),
            "is_dttm": dataset.is_time(column),
            "description": description,
            "groupby": True,
            "filterable": True,
        }
        for column, (kind, description) in dataset.columns.items()
    ]
    computed = [
        {
            "column_name": column,
            "type": "NUMERIC" if column in dataset.numbers else "TEXT",
            "expression": sql,
            "groupby": True,
            "filterable": True,
        }
        for column, sql in dataset.computed.items()
    ]
    return {
        "table_name": dataset.name,
        "schema": schema,
        "sql": dataset.sql,
        "main_dttm_col": dataset.time,
        "uuid": _key(dataset),
        "database_uuid": key("database"),
        "version": "1.0.0",
        "columns": known + computed,
        "metrics": [
            {
                "metric_name": metric.name,
                "verbose_name": metric.name,
                "expression": metric.sql,
                "d3format": terms.formats[metric.kind],
                "currency": {"symbol": terms.currency, "symbolPosition": "suffix"}
                if metric.kind == "money"
                else None,
            }
            for metric in dataset.metrics.values()
        ],
    }

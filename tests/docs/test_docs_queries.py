"""Every query that the documentation shows runs, as the reader, on marts of the columns that dbt promises."""

from __future__ import annotations

import psycopg
import pytest
import yaml
from psycopg import sql

from docs.collect import ROOT, Query, queries
from evergreen.warehouse.connections import Warehouse

MODELS = ROOT / "dbt_project" / "models" / "marts"


@pytest.fixture
def empty_marts(warehouse: Warehouse) -> Warehouse:
    """A warehouse whose marts are there, typed, and without rows."""
    with warehouse.connect("transformer") as connection:
        for path in MODELS.rglob("*.yml"):
            model = yaml.safe_load(path.read_text())["models"][0]
            columns = [
                sql.SQL("{} {}").format(sql.Identifier(column["name"]), sql.SQL(column["data_type"]))
                for column in model["columns"]
                if not column["name"].startswith("_")
            ]
            name = sql.Identifier("marts", model["name"])
            connection.execute(sql.SQL("create table {} ({})").format(name, sql.SQL(", ").join(columns)))
    return warehouse


@pytest.mark.parametrize("query", queries(), ids=lambda query: query.where)
def test_queries_run(query: Query, empty_marts: Warehouse) -> None:
    with empty_marts.connect("reader") as connection:
        assert connection.execute(query.sql.encode()).description


def test_a_query_that_names_no_column_fails(empty_marts: Warehouse) -> None:
    with empty_marts.connect("reader") as connection, pytest.raises(psycopg.errors.UndefinedColumn):
        connection.execute("select no_such_column from orders")


def test_there_are_queries() -> None:
    assert sum(query.where.startswith("docs/marts.md") for query in queries()) >= 5

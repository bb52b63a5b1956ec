"""Every query that the documentation shows runs, as the reader, on marts of the columns that dbt promises."""

from __future__ import annotations

import psycopg
import pytest

from docs.collect import Query, queries
from evergreen.warehouse.connections import Warehouse


@pytest.mark.parametrize("query", queries(), ids=lambda query: query.where)
def test_queries_run(query: Query, empty_marts: Warehouse) -> None:
    with empty_marts.connect("reader") as connection:
        assert connection.execute(query.sql.encode()).description


def test_a_query_that_names_no_column_fails(empty_marts: Warehouse) -> None:
    with empty_marts.connect("reader") as connection, pytest.raises(psycopg.errors.UndefinedColumn):
        connection.execute("select no_such_column from orders")


def test_there_are_queries() -> None:
    assert sum(query.where.startswith("docs/marts.md") for query in queries()) >= 5

"""What DuckDB understands otherwise than Postgres is said in its words."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def duckdb_sql(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("duckdb_sql")


@pytest.mark.parametrize(
    ("postgres", "duckdb"),
    [
        # both count the places of an array from 1, whoever tells the place
        ("floors[width_bucket(3, counts)]", "floors[WIDTH_BUCKET(3, counts)]"),
        ("floors[place + 1]", "floors[place + 1]"),
        ("floors[1]", "floors[1]"),
        # numeric has as many digits as it takes
        ("cast(amount as numeric)", "CAST(amount AS DOUBLE)"),
        ("cast(amount as numeric(10, 2))", "CAST(amount AS DECIMAL(10, 2))"),
        # halves are rounded away from 0, though floating point holds a little less; what is rounded adds up
        ("round(a / b, 2)", "CAST(CAST((a / b) * 1.000000000000002e0 AS DECIMAL(38, 2)) AS DECIMAL(28, 10))"),
        # zeros at the end are told where they stand, and not told where they were taken away
        ("cast(round(a, 2) as text)", "AS_TEXT(CAST((a) * 1.000000000000002e0 AS DECIMAL(38, 2)))"),
        ("trim_scale(abs(trim_scale(a)))", "CAST(ABS(CAST(a AS DOUBLE)) AS DOUBLE)"),
        ("concat('rate_', a)", "CONCAT(AS_TEXT('rate_'), AS_TEXT(a))"),
        # a product of four decimals would have more digits than DuckDB's have
        ("a * b * c * d", "CAST(CAST(a * b AS DOUBLE) * c AS DOUBLE) * d"),
        (
            "percentile_cont(array[0.5, 0.9]) within group (order by cast(a as numeric))",
            "QUANTILE_CONT(CAST(a AS DOUBLE), [0.5, 0.9])",
        ),
    ],
)
def test_expressions(duckdb_sql: ModuleType, postgres: str, duckdb: str) -> None:
    found = duckdb_sql.in_duckdb(duckdb_sql.parsed(f"select {postgres}"))
    assert found == f"SELECT {duckdb}"


def test_a_query_and_what_it_reads(duckdb_sql: ModuleType) -> None:
    query = duckdb_sql.parsed(
        'with days as not materialized (select * from "evergreen"."core"."orders") select * from days'
    )
    assert duckdb_sql.relations(query) == {("core", "orders")}
    assert duckdb_sql.in_duckdb(query) == ('WITH days AS (SELECT * FROM "core"."orders") SELECT * FROM days')

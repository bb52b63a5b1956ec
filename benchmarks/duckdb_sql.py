"""The SQL of dbt's models for Postgres, said in DuckDB's words.

General rules alone: nothing here knows a model. What sqlglot translates by itself is left to it; what it
leaves as it is, and DuckDB understands otherwise than Postgres, is reworded here.
"""

from __future__ import annotations

import parquet
import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.postgres import Postgres

# said once to every connection
PREPARED = (
    # of two whole numbers / makes a whole number, as in Postgres
    "set integer_division = true",
    # of Postgres: how many values of an ascending list are no larger
    "create macro width_bucket(value, list) as len(list_filter(list, lambda one: one <= value))",
    # a numeric without zeros at its end is a floating point number here: 25, not 25.0
    "create macro as_text(value) as case when typeof(value) = 'DOUBLE' then"
    r" regexp_replace(cast(value as varchar), '\.0$', '') else cast(value as varchar) end",
)

# A numeric as it is loaded, and once it is rounded: DuckDB takes digits off where other widths meet.
_NUMERIC = exp.DataType.build(f"decimal({', '.join(map(str, parquet.NUMERIC))})")
# more than what a few operations in floating point are off by, as a share
_NUDGE = "1.000000000000002e0"


class _CountingPostgres(Postgres):
    """Postgres counts the places of an array from 1, and so does DuckDB.

    sqlglot would count from 0 in between, and does not always find back: it takes 1 from a place that a
    function tells, and adds nothing afterwards.
    """

    INDEX_OFFSET = 0


class _CountingDuckDB(DuckDB):
    INDEX_OFFSET = 0


def parsed(sql: str) -> exp.Expr:
    """Return a compiled SELECT as a tree."""
    return sqlglot.parse_one(sql, read=_CountingPostgres)


def relations(tree: exp.Expr) -> set[tuple[str, str]]:
    """Return schema and name of the relations that a query reads."""
    return {(table.db, table.name) for table in tree.find_all(exp.Table) if table.db}


def in_duckdb(tree: exp.Expr) -> str:
    """Return the query in DuckDB's words; its relations are named by schema and name alone."""
    tree = tree.copy()
    for node in reversed(list(tree.bfs())):  # what lies within first
        new = _reworded(node)
        if new is not node:
            node.replace(new)
    return tree.sql(_CountingDuckDB, comments=False)


def _reworded(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Table):
        node.set("catalog", None)
    elif isinstance(node, exp.CTE):
        node.set("materialized", None)  # DuckDB decides by itself
    elif isinstance(node, exp.DataType) and node.is_type("decimal") and not node.expressions:
        return exp.DataType.build("double")  # numeric without a scale: DuckDB would keep three digits of it
    elif isinstance(node, exp.Anonymous) and node.name.lower() == "trim_scale":
        return exp.cast(node.expressions[0], "double")  # which has no zeros at its end
    elif isinstance(node, exp.Round):
        return _rounded(node)
    elif isinstance(node, exp.Cast) and node.to.is_type("text"):
        return exp.func("as_text", node.this)
    elif isinstance(node, exp.Concat):
        node.set("expressions", [exp.func("as_text", each) for each in node.expressions])
    elif isinstance(node, exp.Mul) and isinstance(node.left, exp.Mul):
        node.left.replace(
            exp.cast(node.left.copy(), "double")
        )  # decimals of four factors have too many digits
    elif isinstance(node, exp.WithinGroup) and isinstance(node.this, exp.PercentileCont):
        value = node.expression.expressions[0].this
        return exp.func("quantile_cont", value, node.this.this)
    return node


def _rounded(node: exp.Round) -> exp.Expr:
    """Return a number rounded as Postgres rounds: 1.005 to 1.01, though it is 1.00499… in floating point.

    It stays a decimal, so that sums of what was rounded are exact; as text it has all its digits: 1.50.
    """
    becomes_text = isinstance(node.parent, exp.Cast) and node.parent.to.is_type("text")
    value = exp.Mul(this=exp.paren(node.this), expression=exp.Literal.number(_NUDGE))
    rounded = exp.cast(value, f"decimal(38, {node.args.get('decimals') or 0})")
    return rounded if becomes_text else exp.Cast(this=rounded, to=_NUMERIC.copy())

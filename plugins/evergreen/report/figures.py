"""What the report shows, read as the reader from marts that are small already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from evergreen.warehouse.connections import Warehouse

STATEMENT_MILLISECONDS = 2_000
"""A picture whose figures take longer is left out: the report must not hold a run up."""

LARGEST_CUSTOMERS = 300_000
"""With more customers revenue is not ranked by the report itself; a mart does it."""

Row = dict[str, Any]

_QUERIES: dict[str, tuple[str, tuple[str, ...]]] = {
    # name → query, and the relations it needs
    "release": (
        """
        select release_id, as_of_date, published_at, active_sources from audit.releases where is_live
        """,
        (),
    ),
    "revenue": (
        """
        select
            month,
            coalesce(sum(net_revenue) filter (where months_since_first = 0), 0) as new,
            coalesce(sum(net_revenue) filter (where months_since_first > 0), 0) as returning,
            bool_and(is_complete) as is_complete
        from marts.cohort_retention
        group by month
        order by month desc
        limit 36
        """,
        ("cohort_retention",),
    ),
    "movements": (
        """
        select
            month, opening_customers, new_customers, recovered_customers, lost_customers, closing_customers,
            retention_rate
        from marts.customer_movements
        where is_complete
        order by month desc
        limit 24
        """,
        ("customer_movements",),
    ),
    "stages": (
        """
        select month, stage, customers
        from marts.lifecycle_stage_totals
        where month > (select max(month) from marts.lifecycle_stage_totals) - interval '24 months'
        order by month, stage
        """,
        ("lifecycle_stage_totals",),
    ),
    "flows": (
        """
        select month, opening_stage, closing_stage, customers
        from marts.lifecycle_flows
        where
            customers > 0
            and month = (select max(month) from marts.lifecycle_flows where is_complete)
        """,
        ("lifecycle_flows",),
    ),
    "cohorts": (
        """
        select cohort_month, months_since_first, cohort_customers, retention_rate
        from marts.cohort_retention
        where
            cohort_month > (select max(cohort_month) from marts.cohort_retention) - interval '24 months'
            and months_since_first between 1 and 24
            and is_complete
        order by cohort_month, months_since_first
        """,
        ("cohort_retention",),
    ),
    "concentration": (
        """
        select decile, customers, profit as amount, 'profit' as measure
        from marts.value_concentration
        order by decile
        """,
        ("value_concentration",),
    ),
    "costs": (
        """
        select count(*) as lines, count(*) filter (where is_cost_estimated) as estimated
        from marts.order_lines
        """,
        ("order_lines",),
    ),
    "warnings": (
        """
        select
            coalesce(risk_band, 'unknown') as band, count(*) as customers,
            coalesce(sum(value_at_stake), 0)::float8 as value_at_stake
        from marts.churn_warnings
        group by 1
        """,
        ("churn_warnings",),
    ),
    "satisfaction": (
        """
        select
            period, respondents, unweighted_score::float8 as unweighted_score,
            value_weighted_score::float8 as value_weighted_score, is_trap, is_trap_significant
        from marts.satisfaction_index
        where instrument = 'all' and dimension = 'overall' and is_complete
        order by period desc
        limit 16
        """,
        ("satisfaction_index",),
    ),
    "batches": (
        """
        select
            source || '.' || source_table as name,
            sum(promoted_rows)::bigint as promoted, sum(unchanged_rows)::bigint as unchanged,
            sum(quarantined_rows)::bigint as quarantined, sum(rejected_rows)::bigint as rejected,
            max(finished_at) as latest
        from audit.load_batches
        where status in ('promoted', 'rejected') and forgotten_in is null
        group by 1
        order by 1
        """,
        (),
    ),
    "checks": (
        """
        select
            coalesce(batches.source || '.' || batches.source_table, 'release') as subject,
            results.rule, results.severity, sum(results.failing_rows)::bigint as rows
        from audit.gate_results as results
        left join audit.load_batches as batches using (batch_id)
        where
            not results.passed and batches.forgotten_in is null
            and (
                results.batch_id is not null
                or results.release_id = (select release_id from audit.releases where is_live)
            )
        group by 1, 2, 3
        order by array_position(array['critical', 'warning', 'info'], results.severity), 4 desc
        limit 12
        """,
        (),
    ),
}

_BY_REVENUE = """
    with ranked as (
        select net_revenue, ntile(10) over (order by net_revenue desc, customer_id) as decile
        from marts.customers
        where count_orders > 0
    )

    select decile, count(*) as customers, sum(net_revenue) as amount, 'revenue' as measure
    from ranked
    group by decile
    order by decile
"""


@dataclass(frozen=True)
class Figures:
    """Rows by the name of their query; nothing where a mart is missing, empty or too slow.

    slow: names of the queries that took too long.
    """

    rows: Mapping[str, list[Row]]
    slow: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> list[Row]:
        return self.rows.get(name, [])


def read_figures(warehouse: Warehouse) -> Figures:
    """Read everything that the report shows, of one release, changing nothing."""
    found: dict[str, list[Row]] = {}
    slow: list[str] = []
    with (
        warehouse.connect("reader", autocommit=True) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        cursor.execute(f"set statement_timeout = {STATEMENT_MILLISECONDS}")
        cursor.execute("select relname from pg_class where relnamespace = 'marts'::regnamespace")
        there = {row["relname"] for row in cursor.fetchall()}
        for name, (query, needed) in _QUERIES.items():
            if there.issuperset(needed):
                found[name] = _rows(cursor, query, name, slow)
        if not found.get("concentration") and _can_be_ranked(cursor, there):
            found["concentration"] = _rows(cursor, _BY_REVENUE, "concentration", slow)
    return Figures(found, slow)


def _rows(cursor: psycopg.Cursor[Row], query: str, name: str, slow: list[str]) -> list[Row]:
    try:
        return cursor.execute(query.encode()).fetchall()
    except psycopg.errors.QueryCanceled:
        slow.append(name)
        return []


def _can_be_ranked(cursor: psycopg.Cursor[Row], there: set[str]) -> bool:
    row = cursor.execute(
        """
        select relations.row_count
        from audit.release_relations as relations
        inner join audit.releases as releases using (release_id)
        where releases.is_live and relations.relation_name = 'customers'
        """
    ).fetchone()
    return "customers" in there and row is not None and row["row_count"] <= LARGEST_CUSTOMERS

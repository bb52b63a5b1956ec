"""A first expectation suite: what any table of sales should keep, whatever the shop."""

from __future__ import annotations

import json
from typing import Any

from evergreen.loading.suites import Expectation, expectation
from evergreen.onboarding.plan import TABLE, Plan


def suite(plan: Plan) -> str:
    """Return the suite of the source's table in Great Expectations' format."""
    name = f"{plan.source}__{TABLE}"
    rules = [*_amounts(plan), *_dates(plan), *_customers(plan), *_batches(name)]
    content: dict[str, Any] = {"name": name, "expectations": rules}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _rows(rule: str, severity: str, condition: str, says: str) -> Expectation:
    query = f"select _batch_id, _line_number from {{batch}} where {condition}"
    found = expectation(rule, "unexpected_rows_expectation", severity, unexpected_rows_query=query)
    return found | {"description": says}


def _amounts(plan: Plan) -> list[Expectation]:
    amounts = [plan.of(role).name for role in ("quantity", "price", "amount") if plan.has(role)]
    if plan.has_returns:
        return []
    return [
        _rows(
            f"negative_{name}",
            "critical",
            f"{name} < 0",
            "The sample has no returns, so the models know none: a value below zero is held back.",
        )
        for name in amounts
    ]


def _dates(plan: Plan) -> list[Expectation]:
    name = plan.of("ordered").name
    return [
        _rows(
            "impossible_date",
            "critical",
            f"{name} < '1970-01-01'",
            "Before 1970: no date of a customer relationship, and it would stretch every calendar.",
        ),
        _rows(
            "future_event",
            "critical",
            f"{name} > now() + interval '1 year'",
            "It is said to have happened more than a year from now: its year is mistyped.",
        ),
    ]


def _customers(plan: Plan) -> list[Expectation]:
    name = plan.of("customer").name
    found = expectation("guest_sale", "expect_column_values_to_not_be_null", "info", column=name)
    return [found | {"description": "No customer: a guest's sale, counted in the totals of the firm only."}]


def _batches(name: str) -> list[Expectation]:
    batches = f"landing.{name}__batches"
    mostly_invalid = (
        f"select _batch_id from {{batch}} join {batches} using (_batch_id) "
        "where _problem is not null or _invalid_columns is not null "
        "group by _batch_id, received_rows having received_rows >= 20 and count(*) > 0.5 * received_rows"
    )
    unusual = (
        f"select _batch_id from {batches} where usual_rows >= 20 "
        "and received_rows not between usual_rows / 10 and usual_rows * 10"
    )
    kind = "unexpected_rows_expectation"
    return [
        expectation("mostly_invalid", kind, "critical", unexpected_rows_query=mostly_invalid)
        | {"description": "More than half of at least 20 rows cannot be read: not the file it claims to be."},
        expectation("unusual_volume", kind, "warning", unexpected_rows_query=unusual)
        | {"description": "Less than a tenth or more than ten times the usual number of rows."},
    ]

"""How Great Expectations is asked about rules given as queries: for a number, and for all of them at once.

Its own expectation about unexpected rows asks its query twice, for the rows, which it reads into memory, and
for their number; where none fails, each reads all rows. The judge only wants to know whether there is any:

- a rule about rows (`select _batch_id, _line_number from {batch} where …`) becomes an aggregate: Great
  Expectations computes all aggregates of a suite, those of its own expectations included, in one statement;
- of any other query the rows are counted, and looked for by several processes.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from evergreen.loading.suites import Expectation

QUERY = "unexpected_rows_query"

_FAILING_ROWS = "failing_rows.count"
_ABOUT_ROWS = re.compile(
    r"\s*select\s+_batch_id\s*,\s*_line_number\s+from\s+\{batch\}\s+where\s([^{}]+?)[\s;]*", re.IGNORECASE
)
_SUBQUERY = re.compile(r"\bselect\b", re.IGNORECASE)  # cheap once per query, not once per row


def asked(expectation: Expectation, *, together: bool) -> Expectation:
    """Return the expectation as Great Expectations gets it.

    Args:
        expectation: as the suite has it.
        together: with those of other rules in one statement, if it can be; an error in one of them then shows
            in all.
    """
    arguments = dict(expectation["kwargs"])
    query = arguments.pop(QUERY, None)
    if query is None:
        return expectation
    if together and (condition := _condition(query)):
        return expectation | {"type": _no_row(), "kwargs": arguments | {"condition": condition}}
    # a query that does without {batch} gets it in a comment: no advice is printed
    comment = "" if "{batch}" in query else " /* {batch} */"
    counted = f"select 1 from ({embedded(query)}) as failing having count(*) > 0{comment}"
    return expectation | {"type": _no_answer(expectation["type"]), "kwargs": arguments | {QUERY: counted}}


def embedded(query: str) -> str:
    """Return a query as it can stand in parentheses."""
    return query.strip().rstrip(";") + "\n"  # it may end in a comment


def _condition(query: str) -> str | None:
    """Return the condition of a query that does nothing but to filter rows.

    Whether it is one, without a clause after it, is for the server to say, which gets it in parentheses.
    """
    found = _ABOUT_ROWS.fullmatch(query)
    return found[1] if found and not _SUBQUERY.search(found[1]) else None


@cache
def _no_answer(kind: str) -> str:
    """Make an expectation out of one about unexpected rows: it asks its query once; return its name."""
    from great_expectations.expectations.registry import get_expectation_impl

    original: Any = get_expectation_impl(kind)
    rows = "unexpected_rows_query.table"

    class NoAnswer(original):  # type: ignore[misc]
        metric_dependencies = (rows,)

        def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
            return {"success": not metrics[rows]}

    return str(NoAnswer.expectation_type)


@cache
def _no_row() -> str:
    """Make an expectation that no row fulfils a condition, and the metric that it needs; return its name."""
    import sqlalchemy
    from great_expectations.core.metric_domain_types import MetricDomainTypes
    from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
    from great_expectations.execution_engine import SqlAlchemyExecutionEngine
    from great_expectations.expectations.expectation import BatchExpectation
    from great_expectations.expectations.metrics.metric_provider import metric_partial
    from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

    class FailingRows(TableMetricProvider):  # type: ignore[misc]
        metric_name = _FAILING_ROWS
        value_keys = ("condition",)

        @metric_partial(  # type: ignore[untyped-decorator]
            engine=SqlAlchemyExecutionEngine,
            partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
            domain_type=MetricDomainTypes.TABLE,
        )
        def _count(
            cls, metric_domain_kwargs: dict[str, Any], metric_value_kwargs: dict[str, Any], **_: Any
        ) -> Any:
            condition = metric_value_kwargs["condition"]
            # the line break ends a comment
            counted = sqlalchemy.literal_column(f"count(*) filter (where ({condition}\n))")
            return counted, metric_domain_kwargs, {}

    class NoFailingRow(BatchExpectation):  # type: ignore[misc]
        condition: str
        metric_dependencies = (_FAILING_ROWS,)
        success_keys = ("condition",)

        def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
            return {"success": metrics[_FAILING_ROWS] == 0}

    return str(NoFailingRow.expectation_type)

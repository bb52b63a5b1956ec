"""Great Expectations as the judge: it says which rules hold, and in which SQL the failing rows are found."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from evergreen.errors import EvergreenError
from evergreen.loading.relations import typed_name
from evergreen.loading.suites import Rule, Suite
from evergreen.warehouse.connections import Warehouse

if TYPE_CHECKING:
    import great_expectations as gx

ROW = ["_batch_id", "_line_number"]
"""What tells a landed row."""


QUERY = "unexpected_rows_query"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Great Expectations says about one rule, over all batches of a table.

    query: SQL that finds what fails; None where the rule speaks of the whole and names no rows.
    """

    rule: Rule
    passed: bool
    query: str | None


class Judge:
    """Great Expectations with an ephemeral context: nothing is stored, nothing is sent anywhere.

    Importing it takes about nine seconds, which only who makes a judge pays.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it talks while it is imported
        import great_expectations as gx

        self._context: gx.data_context.EphemeralDataContext = gx.get_context(mode="ephemeral")
        self._context.variables.progress_bars = {"globally": False}
        self._warehouse = warehouse
        self._source = self._context.data_sources.add_postgres(
            "warehouse",
            # it insists on an address, but gets its connections from us: no password in its objects or logs
            connection_string="postgresql+psycopg2://loader:@localhost/warehouse",
            kwargs={"creator": self._connect},
        )

    def _connect(self) -> Any:
        import psycopg2  # type: ignore[import-untyped]

        return psycopg2.connect(self._warehouse.url("loader"), application_name="evergreen gate")

    def validate(self, suite: Suite) -> list[Verdict]:
        """Validate the typed rows of the suite's table, all batches in one pass.

        Raises:
            EvergreenError: a rule cannot be evaluated, or is critical and does not say which rows fail.
        """
        import great_expectations as gx

        expectations = gx.ExpectationSuite(
            name=suite.table.qualified_name, expectations=[_built(suite, rule) for rule in suite.rules]
        )
        name = typed_name(suite.table)
        asset = self._source.add_table_asset(name, table_name=name, schema_name="landing")
        try:
            batch = asset.add_batch_definition_whole_table("all batches").get_batch()
            found = batch.validate(
                expectations,
                result_format={
                    "result_format": "BOOLEAN_ONLY",
                    "return_unexpected_index_query": True,
                    "unexpected_index_column_names": ROW,
                },
            )
        finally:
            self._source.delete_asset(name)
        results = {result.expectation_config.meta["rule"]: result for result in found.results}
        return [_verdict(suite, rule, results[rule.name]) for rule in suite.rules]

    def close(self) -> None:
        """Give the connections back."""
        self._source.get_execution_engine().close()


def _built(suite: Suite, rule: Rule) -> Any:
    """Make the expectation itself: a suite that is given configurations leaves out those it does not know."""
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    try:
        return ExpectationConfiguration(**_asked(rule)).to_domain_obj()
    except Exception as error:
        raise EvergreenError(
            f"{suite.path}: rule {rule.name}: Great Expectations refuses it: {_short(error)}"
        ) from None


def _asked(rule: Rule) -> dict[str, Any]:
    """Return the expectation as Great Expectations gets it.

    A query for failing rows is asked for their number: the judge reads all of its answer into memory, and
    only wants to know whether there is any. Counted, and not cut off after the first, they are looked for by
    several processes. A query that does without {batch} gets it in a comment: no advice is printed.
    """
    arguments = dict(rule.expectation["kwargs"])
    query = arguments.get(QUERY)
    if query is None:
        return rule.expectation
    comment = "" if "{batch}" in query else " /* {batch} */"
    arguments[QUERY] = f"select 1 from ({query.strip().rstrip(';')}) as failing having count(*) > 0{comment}"
    return rule.expectation | {"type": _any_row(rule.expectation["type"]), "kwargs": arguments}


@cache
def _any_row(kind: str) -> str:
    """Make an expectation out of one about unexpected rows: it asks its query once; return its name.

    The original asks twice, for rows and for their number, and where none fails each reads all rows.
    """
    from great_expectations.expectations.registry import get_expectation_impl

    original: Any = get_expectation_impl(kind)
    rows = "unexpected_rows_query.table"

    class AnyUnexpectedRow(original):  # type: ignore[misc]
        metric_dependencies = (rows,)

        def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
            return {"success": not metrics[rows]}

    return str(AnyUnexpectedRow.expectation_type)


def _verdict(suite: Suite, rule: Rule, result: Any) -> Verdict:
    problem = _exception(result.exception_info)
    if problem:
        raise EvergreenError(f"{suite.path}: rule {rule.name} cannot be evaluated: {problem}")
    query = result.result.get("unexpected_index_query") or rule.expectation["kwargs"].get(
        "unexpected_rows_query"
    )
    if query is None and rule.severity == "critical" and not result.success:
        raise EvergreenError(
            f"{suite.path}: rule {rule.name} fails, and does not say for which rows or batches: make it a "
            "warning, or an unexpected_rows_expectation that selects _batch_id"
        )
    return Verdict(rule, bool(result.success), query)


def _exception(info: Any) -> str | None:
    """Return the message of an exception, which comes plain or per metric."""
    if not isinstance(info, dict):
        return None
    for part in (info, *(value for value in info.values() if isinstance(value, dict))):
        if part.get("raised_exception"):
            return _short(part.get("exception_message"))
    return None


def _short(problem: object) -> str:
    """Return the first lines in one, without the SQL that follows."""
    return " ".join(str(problem).partition("[SQL:")[0].split())[:500]

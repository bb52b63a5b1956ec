"""Great Expectations as the judge: it says which rules hold, and in which SQL the failing rows are found."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evergreen.errors import EvergreenError
from evergreen.loading.questions import QUERY, asked
from evergreen.loading.relations import typed_name
from evergreen.loading.suites import Rule, Suite
from evergreen.warehouse.connections import Warehouse

if TYPE_CHECKING:
    import great_expectations as gx

ROW = ["_batch_id", "_line_number"]
"""What tells a landed row."""


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
        results = self._results(suite, together=True)
        if any(_exception(result.exception_info) for result in results.values()):
            results = self._results(suite, together=False)  # which says whose it is
        return [_verdict(suite, rule, results[rule.name]) for rule in suite.rules]

    def _results(self, suite: Suite, *, together: bool) -> dict[str, Any]:
        """Return what Great Expectations says of each rule, by its name."""
        import great_expectations as gx

        expectations = gx.ExpectationSuite(
            name=suite.table.qualified_name,
            expectations=[_built(suite, rule, together=together) for rule in suite.rules],
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
        return {result.expectation_config.meta["rule"]: result for result in found.results}

    def close(self) -> None:
        """Give the connections back."""
        self._source.get_execution_engine().close()


def _built(suite: Suite, rule: Rule, *, together: bool) -> Any:
    """Make the expectation itself: a suite that is given configurations leaves out those it does not know."""
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    try:
        return ExpectationConfiguration(**asked(rule.expectation, together=together)).to_domain_obj()
    except Exception as error:
        raise EvergreenError(
            f"{suite.path}: rule {rule.name}: Great Expectations refuses it: {_short(error)}"
        ) from None


def _verdict(suite: Suite, rule: Rule, result: Any) -> Verdict:
    problem = _exception(result.exception_info)
    if problem:
        raise EvergreenError(f"{suite.path}: rule {rule.name} cannot be evaluated: {problem}")
    query = result.result.get("unexpected_index_query") or rule.expectation["kwargs"].get(QUERY)
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

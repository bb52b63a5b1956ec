"""The suites in expectations/: every one loads, adds to its source's definition, and can find rows."""

import json
from pathlib import Path

import pytest

from evergreen.loading import gate, relations, suites, tables, typed_rows
from evergreen.loading.judge import Judge, Verdict
from evergreen.loading.pseudonyms import pseudonyms
from evergreen.settings import settings
from evergreen.sources import registry
from evergreen.sources.definition import Table
from evergreen.warehouse.connections import Warehouse

ROOT = Path(__file__).resolve().parents[2]
TABLES = [table for source in registry.load_all(ROOT).values() for table in source.tables.values()]


@pytest.fixture(params=TABLES, ids=lambda table: table.qualified_name)
def table(request: pytest.FixtureRequest) -> Table:
    found: Table = request.param
    return found


def test_every_table_has_a_suite_that_does_not_repeat_its_definition(table: Table) -> None:
    written = json.loads((ROOT / "expectations" / f"{table.qualified_name}.json").read_text("utf-8"))
    implied = {item["meta"]["rule"] for item in suites.implied_by(table)}

    assert written["name"] == table.qualified_name
    assert not implied & {item["meta"]["rule"] for item in written["expectations"]}


def test_no_suite_is_left_over() -> None:
    files = {path.stem for path in (ROOT / "expectations").glob("*.json")}
    assert files == {table.qualified_name for table in TABLES}


def test_the_order_of_rules_begins_with_what_makes_the_others_meaningless(table: Table) -> None:
    names = [rule.name for rule in suites.load(table, ROOT).rules]
    assert names[:2] == ["unreadable_row", "invalid_value"]


def test_every_rule_can_be_judged_and_find_rows(warehouse: Warehouse) -> None:
    """Great Expectations takes each rule, and the SQL it comes down to is valid where it fails, too."""
    with warehouse.connect("loader", autocommit=True) as connection:
        judge = Judge(warehouse)
        for source in registry.load_all(ROOT).values():
            tables.prepare_source(connection, source)
            for table in source.tables.values():
                with connection.transaction():
                    typed_rows.build(connection, table, source.time_zone, [], pseudonyms())
                suite = suites.load(table, ROOT)
                for verdict in judge.validate(suite):
                    assert verdict.query, verdict.rule.name
                    failed = Verdict(verdict.rule, False, verdict.query)
                    _, by_row, _ = gate.located(connection, relations.relations_of(table), failed)
                    about_batch = {"mostly_invalid", "empty_delivery", "unusual_volume"}
                    assert by_row == (verdict.rule.name not in about_batch)
                typed_rows.drop_working(connection, relations.relations_of(table))
        judge.close()


def test_the_suites_are_found_where_the_project_is() -> None:
    assert suites.load(TABLES[0]).path.parent == settings().project / "expectations"

"""Values that the pages ask for are values there are: a query there cannot silently find nothing."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from docs.collect import ROOT, Command, commands, queries
from evergreen.simulator.customers import SEGMENTS

MODELS = ROOT / "dbt_project" / "models"
Asked = tuple[str, str, str]  # where, column, value


def asked_for() -> list[Asked]:
    """Return every value that a query or a command on a page compares a column with."""
    found = [(query.where, *pair) for query in queries() for pair in compared(query.sql)]
    return found + [(command.where, *pair) for command in commands() for pair in conditions(command)]


def compared(sql: str) -> Iterator[tuple[str, str]]:
    """Yield column and text of `column = 'text'`, `column in ('text', …)` and `array['text', …], column`."""
    for column, text in re.findall(r"(\w+)\s*(?:=|<>|!=)\s*'([^']*)'", sql):
        yield column, text
    for column, listed in re.findall(r"(\w+)\s+in\s*\(\s*('[^)]*)\)", sql):
        yield from ((column, text) for text in re.findall(r"'([^']*)'", listed))
    for listed, column in re.findall(r"array\[([^]]*)\],\s*(\w+)", sql):
        yield from ((column, text) for text in re.findall(r"'([^']*)'", listed))


def conditions(command: Command) -> Iterator[tuple[str, str]]:
    """Yield field and value of each `--where FIELD=VALUE`."""
    for option, given in zip(command.words, command.words[1:], strict=False):
        if option == "--where":
            field, _, value = given.partition("=")
            yield field, value


@cache
def known() -> dict[str, set[str]]:
    """Return by column the values it may have: what tests accept, descriptions list and data brings."""
    values: dict[str, set[str]] = defaultdict(set)
    for path in MODELS.rglob("*.yml"):
        for model in yaml.safe_load(path.read_text()).get("models", []):
            for column in model.get("columns", []):
                values[column["name"]] |= set(accepted(column))
                # a list such as "high, medium, low or none"; other sentences are no value
                listed = re.split(r"[;.]", column.get("description", ""))[0].strip()
                values[column["name"]] |= set(re.split(r",\s+|\s+or\s+", listed))
    with (ROOT / "dbt_project" / "seeds" / "survey_items.csv").open(encoding="utf-8") as file:
        values["instrument"] |= {row["instrument"] for row in csv.DictReader(file)} | {"all"}
    values["segment"] |= set(SEGMENTS)  # of the simulated shop, whose data the pages show
    ledger = ROOT / "plugins" / "evergreen" / "warehouse" / "migrations" / "002_ledger.sql"
    for column, listed in re.findall(r"check \((\w+) in \(([^)]*)\)\)", ledger.read_text()):
        values[column] |= set(re.findall(r"'([^']*)'", listed))
    return values


def values_of(column: str) -> set[str]:
    """Return what a column may say; `from_stage` is a stage."""
    return known()["stage" if column.endswith("_stage") else column]


def accepted(column: dict[str, Any]) -> Iterator[str]:
    """Yield the values that a test of dbt accepts of a column."""
    for test in column.get("data_tests", []):
        if isinstance(test, dict) and "accepted_values" in test:
            yield from test["accepted_values"]["arguments"]["values"]


@pytest.mark.parametrize("asked", asked_for(), ids=" ".join)
def test_values_that_are_asked_for_exist(asked: Asked) -> None:
    where, column, value = asked
    assert value in values_of(column), f"{where}: {column} is never {value!r}"


@pytest.mark.parametrize(
    ("column", "value"),
    [("segment", "business"), ("from_stage", "growing"), ("holder", "firms"), ("instrument", "servqal")],
)
def test_values_that_do_not_exist_are_found(column: str, value: str) -> None:
    assert value not in values_of(column)


def test_values_are_found_in_queries_and_commands() -> None:
    columns = {column for _, column, _ in asked_for()}
    assert {"stage", "from_stage", "instrument", "status", "holder", "segment"} <= columns
    sql = "select 1 where a = 'x' and b in ('y', 'z') order by array_position(array['u', 'v'], c)"
    assert list(compared(sql)) == [("a", "x"), ("b", "y"), ("b", "z"), ("c", "u"), ("c", "v")]

"""Which rules a source table's rows must keep: its suite in `expectations/`, in Great Expectations' format.

A suite is `expectations/<source>__<table>.json`. Every expectation has a `severity` and, in its `meta`, the
stable name of its rule: `{"rule": "negative_price"}`. What a source's definition already says (a column is
required, rows are known by their key, cells have types) holds without a suite; one that names such a rule
itself decides how severe it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evergreen.errors import EvergreenError
from evergreen.settings import settings
from evergreen.sources.definition import Table

Expectation = dict[str, Any]
SEVERITIES = ("critical", "warning", "info")

INVALID_VALUE = "invalid_value"
NOT_NULL = "not_null:"
"""Names of rules that follow from a definition; the latter goes on with the column's name."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its place in the suite, which is its precedence, and what Great Expectations is to check."""

    position: int
    name: str
    column_name: str | None
    severity: str
    expectation: Expectation


@dataclass(frozen=True, slots=True)
class Suite:
    """The rules of one table, in order: a row that breaks several is quarantined for the first of them."""

    table: Table
    path: Path
    rules: tuple[Rule, ...]


def load(table: Table, project: Path | None = None) -> Suite:
    """Return the suite of a table: what its definition says, then what its file adds.

    Raises:
        EvergreenError: the file is no suite; the message names file, expectation and what is wrong.
    """
    path = (project or settings().project) / "expectations" / f"{table.qualified_name}.json"
    written = _read(path) if path.exists() else []
    names = [_checked(path, number, item) for number, item in enumerate(written, start=1)]
    for name in names:
        if names.count(name) > 1:
            raise EvergreenError(
                f"{path}: rule {name!r} is there twice: give each expectation a name of its own"
            )
    implied = [item for item in implied_by(table) if item["meta"]["rule"] not in names]
    rules = [_rule(position, item) for position, item in enumerate([*implied, *written])]
    return Suite(table, path, tuple(rules))


def implied_by(table: Table) -> list[Expectation]:
    """Return the expectations that follow from the definition of a table."""
    found = [
        expectation("unreadable_row", "expect_column_values_to_be_null", column="_problem"),
        _about_types(table),
    ]
    if table.key == "all" and table.duplicates == "quarantine":
        found.append(
            expectation(
                "duplicate_line", "expect_column_values_to_be_between", column="_occurrence", max_value=1
            )
        )
    key = () if table.key == "all" else table.key
    found += [
        expectation(f"{NOT_NULL}{column.name}", "expect_column_values_to_not_be_null", column=column.name)
        for column in table.columns
        if column.required or column.name in key
    ]
    return found


def _about_types(table: Table) -> Expectation:
    """Return the rule for cells that are no values of their column's type, as the schema policy has it."""
    policy = table.schema_policy.changed_type
    if policy == "freeze":
        return expectation(
            INVALID_VALUE,
            "unexpected_rows_expectation",
            unexpected_rows_query="""
                select _batch_id, string_agg(distinct _invalid_columns, ',') as _invalid_columns
                from {batch} where _invalid_columns is not null group by _batch_id
            """,
        )
    return expectation(
        INVALID_VALUE,
        "expect_column_values_to_be_null",
        severity="critical" if policy == "discard_row" else "warning",
        column="_invalid_columns",
    )


def expectation(rule: str, kind: str, severity: str = "critical", **arguments: Any) -> Expectation:
    """Return an expectation as it stands in a suite."""
    return {"type": kind, "kwargs": arguments, "meta": {"rule": rule}, "severity": severity}


def _read(path: Path) -> list[Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise EvergreenError(
            f"{path}, line {error.lineno}, column {error.colno}: no JSON: {error.msg}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise EvergreenError(f"{path}: cannot be read ({error})") from None
    found = content.get("expectations") if isinstance(content, dict) else None
    if not isinstance(found, list):
        raise EvergreenError(f"{path}: no suite: an object with a list `expectations` is expected")
    return found


def _checked(path: Path, number: int, item: Any) -> str:
    where = f"{path}: expectation {number}"
    if not isinstance(item, dict) or not isinstance(item.get("type"), str):
        raise EvergreenError(f"{where}: an object with a `type` is expected")
    meta = item.get("meta")
    name = meta.get("rule") if isinstance(meta, dict) else None
    if not isinstance(name, str) or not name:
        raise EvergreenError(f'{where} ({item["type"]}): has no name: add "meta": {{"rule": "…"}}')
    if item.get("severity", "critical") not in SEVERITIES:
        raise EvergreenError(f"{where} ({name}): severity is one of {', '.join(SEVERITIES)}")
    if item.get("kwargs", {}).get("row_condition"):
        raise EvergreenError(
            f"{where} ({name}): Great Expectations leaves row_condition out when it lists failing rows: "
            "write an unexpected_rows_expectation with the condition in its query"
        )
    return name


def _rule(position: int, item: Expectation) -> Rule:
    column = item.get("kwargs", {}).get("column")
    return Rule(
        position=position,
        name=item["meta"]["rule"],
        column_name=column if column and not column.startswith("_") else None,
        severity=item.get("severity", "critical"),
        expectation=item,
    )

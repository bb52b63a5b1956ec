"""A delivery's header and the table's schema policy: where its fields land, or why it is rejected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from psycopg import sql

from evergreen.loading import tables
from evergreen.loading.relations import comma, compose, relations_of, suffixed
from evergreen.sources.definition import Column, Table
from evergreen.sources.header import HeaderMatch
from evergreen.sources.names import column_for
from evergreen.sources.renaming import renamed, suggests_a_person
from evergreen.warehouse.connections import Connection

RULES = ("columns_repeated", "columns_renamed", "columns_missing", "columns_unknown", "columns_reordered")
"""Rules for which a delivery is rejected before its rows have our names."""

LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a delivery is rejected as a whole: the rule's name, and a line for people."""

    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A change of columns that was lived with: the rule it broke, the column, and a line for people."""

    rule: str
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a delivery's fields go.

    columns: name in `landing` for each field, in the delivery's order.
    evolved: those of them that nobody declared, and that are kept.
    spare: those whose values are dropped.
    forbidden: those whose values, where there is one, put the row into quarantine.
    drifts: what is other than declared, and was lived with.
    """

    columns: list[str]
    evolved: list[str] = field(default_factory=list)
    spare: list[str] = field(default_factory=list)
    forbidden: list[str] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)


def judge_header(table: Table, header: list[str], *, omits_nulls: bool = False) -> Refusal | None:
    """Tell whether the schema policy rejects a delivery with this header; see `Stream.omits_nulls`."""
    match, policy = table.match(header, omits_nulls=omits_nulls), table.schema_policy
    if match.repeated:
        return Refusal("columns_repeated", _explained(table, match))
    others = renamed(match)
    if others and policy.renamed == "freeze":
        return Refusal("columns_renamed", _renaming(table, match, others))
    found_again = {column.name for column in others.values()}
    missing = [column for column in match.missing if column.name not in found_again]
    if missing and policy.missing in ("freeze", "discard_row"):
        return Refusal("columns_missing", _explained(table, match))
    if set(match.extra) - set(others) and table.added_policy == "freeze":
        return Refusal("columns_unknown", _explained(table, match))
    if match.is_reordered and policy.reordered != "evolve":
        order = ", ".join(column.headers[0] for column in table.columns)
        return Refusal("columns_reordered", f"expected in this order: {order}")
    return None


def plan_landing(table: Table, header: list[str], *, omits_nulls: bool = False) -> Landing:
    """Assign a column in `landing` to each field, as the policy has it; `make_room` makes those columns."""
    match, policy = table.match(header, omits_nulls=omits_nulls), table.schema_policy
    others = renamed(match)
    taken_on = others if policy.renamed == "evolve" else {}
    added = [position for position in match.extra if position not in others]
    evolved = [position for position in added if _may_evolve(table, header[position])]
    dropped = [position for position in match.extra if position not in taken_on and position not in evolved]
    spare = {
        position: f"_ignored_{number}" for number, position in enumerate([*match.ignored, *dropped], start=1)
    }
    names: list[str] = []
    for position, column in enumerate(match.columns):
        known = column or taken_on.get(position)
        if known is not None:
            names.append(known.name)
        elif position in spare:
            names.append(spare[position])
        else:
            names.append(_evolved_name(table, header, position, names))
    policies = {
        position: policy.renamed if position in others else table.added_policy for position in dropped
    }
    kept = set(names) - set(spare.values())
    return Landing(
        names,
        evolved=[names[position] for position in evolved],
        spare=list(spare.values()),
        forbidden=[spare[position] for position in dropped if policies[position] == "discard_row"],
        drifts=[
            *(_drift_of_renamed(table, header[position], column) for position, column in others.items()),
            *(_drift_of_added(table, header[position], names[position], kept) for position in added),
            *(_drift_of_missing(table, column) for column in match.missing if column not in others.values()),
        ],
    )


def make_room(connection: Connection, table: Table, plan: Landing) -> None:
    """Add to the tables what the policy takes on, and columns in `landing` for what is read and dropped."""
    for name in plan.evolved:
        tables.add_column(connection, table, name)
    tables.add_ignored_columns(connection, table, plan.spare)


def mark_forbidden(connection: Connection, table: Table, batch_id: int, plan: Landing) -> None:
    """Make rows that say something in an unknown column a problem, where the policy discards such rows."""
    values = comma([sql.Identifier(name) for name in plan.forbidden])
    connection.execute(
        compose(
            """
            update {landing} set _problem = 'has a value in a column that nobody declared'
            where _batch_id = {batch} and num_nonnulls({values}) > 0
            """,
            landing=relations_of(table).landing,
            batch=sql.Literal(batch_id),
            values=values,
        )
    )


def announce(connection: Connection, table: Table, batch_id: int, drifts: Iterable[Drift]) -> list[Drift]:
    """Enter in `audit` what changed, each change once and not with every delivery that has it.

    Returns:
        The changes that are new.
    """
    return [
        drift
        for drift in drifts
        if connection.execute(
            """
            insert into audit.gate_results (batch_id, rule, column_name, severity, passed, message)
            select %(batch)s, %(rule)s, %(column)s, 'warning', false, %(message)s
            where not exists (
                select from audit.gate_results as known
                inner join audit.load_batches as earlier using (batch_id)
                where coalesce(earlier.origin_source, earlier.source) = %(source)s
                    and earlier.source_table = %(table)s and earlier.status <> 'lost'
                    and earlier.forgotten_in is null
                    and known.rule = %(rule)s and known.message = %(message)s
            )
            """,
            {
                "batch": batch_id,
                "rule": drift.rule,
                "column": drift.column,
                "message": drift.message,
                "source": table.source,
                "table": table.name,
            },
        ).rowcount
    ]


def _may_evolve(table: Table, header: str) -> bool:
    """Tell whether an unknown column may become one of `raw`: never if it looks like personal data."""
    return table.added_policy == "evolve" and not suggests_a_person(header, table.columns)


def _evolved_name(table: Table, header: list[str], position: int, taken: list[str]) -> str:
    """Return the column for a header that nobody declared; equal headers always get the same one."""
    declared = {column.name for column in table.columns}
    base = name = column_for(header[position], position + 1)
    number = 2
    while name in declared or name in taken or tables.is_own(name):
        name = suffixed(base.lstrip("_") or "column", f"_{number}")
        number += 1
    return name


def _drift_of_added(table: Table, header: str, name: str, kept: set[str]) -> Drift:
    shown = repr(header[:LONGEST_SHOWN])
    what = "declare it or list it under `ignore`"
    if name in kept:
        message = f"{shown} is new, and kept as text in {name}: {what}"
    elif table.added_policy == "evolve":
        message = f"{shown} is new, and not kept, for its name suggests personal data: {what}"
    elif table.added_policy == "discard_row":
        message = f"{shown} is new, and rows with a value there are quarantined: {what}"
    else:
        message = f"{shown} is new, and its values are not kept: {what}"
    return Drift("columns_added", header[:LONGEST_SHOWN], f"{message} in sources/{table.source}.yml")


def _drift_of_missing(table: Table, column: Column) -> Drift:
    headers = " or ".join(column.headers)
    return Drift(
        "columns_missing",
        column.name,
        f"{headers} is missing, and taken as empty: declare it `optional` in sources/{table.source}.yml",
    )


def _drift_of_renamed(table: Table, header: str, column: Column) -> Drift:
    outcome = {
        "evolve": f"taken as {column.name}",
        "discard_row": "rows with a value there are quarantined",
    }.get(table.schema_policy.renamed, f"{column.name} is taken as empty")
    return Drift(
        "columns_renamed", column.name, f"{_pair(header, column)}: {outcome}: {_advice(table, column)}"
    )


def _renaming(table: Table, match: HeaderMatch[Column], others: dict[int, Column]) -> str:
    pairs = "; ".join(_pair(match.header[position], column) for position, column in others.items())
    return f"{pairs}: if that is its new name, {_advice(table, next(iter(others.values())))}"


def _pair(header: str, column: Column) -> str:
    return f"{' or '.join(column.headers)} is missing and {header[:LONGEST_SHOWN]!r} is new"


def _advice(table: Table, column: Column) -> str:
    return f"add it to `from` of tables.{table.name}.columns.{column.name} in sources/{table.source}.yml"


def _explained(table: Table, match: HeaderMatch[Column]) -> str:
    return f"{match.describe()}; tables.{table.name} in sources/{table.source}.yml declares the columns"

"""A delivery's header and the table's schema policy: where its fields land, or why it is rejected."""

from __future__ import annotations

from dataclasses import dataclass, field

from evergreen.loading import tables
from evergreen.loading.relations import suffixed
from evergreen.sources.definition import Column, Table
from evergreen.sources.header import HeaderMatch
from evergreen.sources.names import identifier_for
from evergreen.warehouse.connections import Connection


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a delivery is rejected as a whole: the rule's name, and a line for people."""

    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a delivery's fields go.

    columns: name in `landing` for each field, in the delivery's order.
    forbidden: those whose values, where there is one, put the row into quarantine.
    """

    columns: list[str]
    forbidden: list[str] = field(default_factory=list)


def judge_header(table: Table, header: list[str]) -> Refusal | None:
    """Tell whether the table's schema policy rejects a delivery with this header."""
    match, policy = table.match(header), table.schema_policy
    if match.repeated:
        return Refusal("columns_repeated", _explained(table, match))
    if match.missing and policy.missing in ("freeze", "discard_row"):
        return Refusal("columns_missing", _explained(table, match))
    if match.extra and policy.added == "freeze":
        return Refusal("columns_unknown", _explained(table, match))
    if match.is_reordered and policy.reordered != "evolve":
        order = ", ".join(column.headers[0] for column in table.columns)
        return Refusal("columns_reordered", f"expected in this order: {order}")
    return None


def plan_landing(connection: Connection, table: Table, header: list[str]) -> Landing:
    """Assign a column in `landing` to each field, adding to the tables what the policy takes on."""
    match, policy = table.match(header), table.schema_policy
    dropped = [position for position in match.extra if policy.added != "evolve"]
    spare = dict(
        zip(
            [*match.ignored, *dropped],
            tables.ignored_columns(connection, table, len(match.ignored) + len(dropped)),
            strict=True,
        )
    )
    names: list[str] = []
    for position, column in enumerate(match.columns):
        if column is not None:
            names.append(column.name)
        elif position in spare:
            names.append(spare[position])
        else:
            names.append(_evolved(connection, table, header, position, names))
    forbidden = [spare[position] for position in dropped] if policy.added == "discard_row" else []
    return Landing(names, forbidden)


def _evolved(connection: Connection, table: Table, header: list[str], position: int, taken: list[str]) -> str:
    """Return the column for a header that nobody declared; equal headers always get the same one."""
    declared = {column.name for column in table.columns}
    base = name = identifier_for(header[position], position + 1)
    number = 2
    while name in declared or name in taken or tables.is_own(name):
        name = suffixed(base.lstrip("_") or "column", f"_{number}")
        number += 1
    tables.add_column(connection, table, name)
    return name


def _explained(table: Table, match: HeaderMatch[Column]) -> str:
    return f"{match.describe()}; tables.{table.name} in sources/{table.source}.yml declares the columns"

"""How a source's text becomes a value: cleaning, and casts that refuse instead of failing, as SQL.

Every check is stricter than the server's own input, which takes `now`, `infinity`, `NaN`, `0x1F` and
`1_000`: none of these is what a source means when it sends a number or a day. The cheap functions used here
cost about a tenth of a regular expression.
"""

from __future__ import annotations

from psycopg import sql

from evergreen.loading.relations import compose
from evergreen.loading.tables import TYPES
from evergreen.sources.definition import Column

LONGEST_NUMBER = 60
MOST_DECIMALS = 40

_BLANKS = sql.SQL(r"E' \t\r\n\f\u00a0'")


def cleaned(column: Column) -> sql.Composable:
    """Return SQL for the column's text after cleaning: NULL where nothing is left."""
    text: sql.Composable = sql.Identifier(column.name)
    steps = list(column.clean)
    if column.type != "text" and "trim" not in steps:
        steps.insert(0, "trim")
    for step in steps:
        if step == "trim":
            text = compose("btrim({text}, {blanks})", text=text, blanks=_BLANKS)
        elif step == "strip_decimal":
            text = compose(
                "case when rtrim(ltrim({text}, '0123456789'), '0') = '.' then split_part({text}, '.', 1) "
                "else {text} end",
                text=text,
            )
        elif step == "strip_leading_zeros":
            text = compose("coalesce(nullif(ltrim({text}, '0'), ''), right({text}, 1))", text=text)
    return compose("nullif({text}, '')", text=text)


def cast(column: Column) -> sql.Composable:
    """Return SQL for the typed value of the column's cleaned text: NULL where it is no such value."""
    name = sql.Identifier(column.name)
    if column.type == "text":
        return name
    return compose(
        "case when {valid} then {name}::{kind} end",
        valid=_valid(column, name),
        name=name,
        kind=TYPES[column.type],
    )


def _valid(column: Column, name: sql.Identifier) -> sql.Composable:
    if column.type in ("integer", "bigint"):
        return compose(
            "ltrim({name}, '0123456789+-') = '' and pg_input_is_valid({name}, {kind})",
            name=name,
            kind=sql.Literal(column.type),
        )
    if column.type == "numeric":
        # the type modifier bounds the size; an exponent could still ask for thousands of decimals
        return compose(
            """
            length({name}) <= {longest} and pg_input_is_valid({name}, 'numeric(38,12)')
            and case
                when ltrim({name}, '0123456789+-.') = '' then true
                when ltrim({name}, '0123456789+-.eE') = '' then scale({name}::numeric) <= {decimals}
                else false
            end
            """,
            name=name,
            longest=sql.Literal(LONGEST_NUMBER),
            decimals=sql.Literal(MOST_DECIMALS),
        )
    if column.type in ("date", "timestamp"):
        # ISO 8601 with four digits of year, or 20261121; no words, no names of zones but UTC and Z
        return compose(
            """
            {name} between '0' and ':' and ltrim({name}, '0123456789-/: .+TZUC') = ''
            and (
                substr({name}, 5, 1) in ('-', '/')
                or (ltrim(substr({name}, 1, 8), '0123456789') = '' and length({name}) >= 8)
            )
            and pg_input_is_valid({name}, {kind})
            """,
            name=name,
            kind=sql.Literal("date" if column.type == "date" else "timestamptz"),
        )
    kind = "jsonb" if column.type == "json" else column.type
    return compose("pg_input_is_valid({name}, {kind})", name=name, kind=sql.Literal(kind))

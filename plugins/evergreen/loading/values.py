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


_DAY = sql.Literal(r"^\s*(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_DAYS = {"day_first": sql.Literal(r"\3-\2-\1"), "month_first": sql.Literal(r"\3-\1-\2")}
_NUMBERS = {"decimal_comma": (".", ","), "decimal_point": (",", ".")}
"""What parts thousands, besides blanks and apostrophes, and what the decimals."""


def cleaned(column: Column) -> sql.Composable:
    """Return SQL for the column's text after cleaning: NULL where nothing is left.

    Blanks around numbers, days and the like are cut later, where it turns out that there are any.
    """
    bare: sql.Composable = sql.Identifier(column.name)
    text = bare
    for step in column.clean:
        if step == "trim" and column.type == "text":
            text = trimmed(text)
        elif step == "strip_decimal":
            text = compose(
                """
                case
                    when ltrim(textsend({bare}), '0123456789'::bytea) = '.0'::bytea then left({bare}, -2)
                    when rtrim(ltrim({text}, '0123456789'), '0') = '.' then split_part({text}, '.', 1)
                    else {text}
                end
                """,
                bare=bare,  # nearly all values of such a column end here
                text=text,
            )
        elif step == "strip_leading_zeros":
            text = compose("coalesce(nullif(ltrim({text}, '0'), ''), right({text}, 1))", text=text)
        elif step in _DAYS:
            text = compose("regexp_replace({text}, {day}, {iso})", text=text, day=_DAY, iso=_DAYS[step])
        elif step in _NUMBERS:
            text = _number(text, *_NUMBERS[step])
        if step != "trim":
            bare = text
    return compose("nullif({text}, '')", text=text)


def _number(text: sql.Composable, thousands: str, decimal: str) -> sql.Composable:
    """Return SQL for a number as people write it: `1.234,50 €`, `-£1,234.50`; what is none becomes none.

    `1.5` with a decimal comma is no number: it may be a half-typed 1.500.
    """
    sign = "[^0-9.,+-]*[+-]?[^0-9.,+-]*"
    whole = rf"([0-9]+|[0-9]{{1,3}}([{thousands}'\s\u00a0\u202f][0-9]{{3}})+)"
    return compose(
        """
        case
            when {text} ~ {pattern} then replace(regexp_replace({text}, {other}, '', 'g'), {decimal}, '.')
            when {text} <> '' then 'no number: ' || {text}
        end
        """,
        text=text,
        pattern=sql.Literal(rf"^{sign}{whole}([{decimal}][0-9]+)?[^0-9.,+-]*$"),
        other=sql.Literal(f"[^0-9{decimal}+-]"),
        decimal=sql.Literal(decimal),
    )


def trimmed(text: sql.Composable) -> sql.Composable:
    """Return SQL for a text without blanks around it, no-break ones included."""
    return compose("btrim({text}, {blanks})", text=text, blanks=_BLANKS)


def cast(column: Column, text: sql.Composable) -> sql.Composable:
    """Return SQL for the typed value of the column's cleaned text: NULL where it is no such value."""
    if column.type == "text":
        return text
    return compose(
        "case when {valid} then {text}::{kind} when {valid_inside} then {inside}::{kind} end",
        valid=_valid(column, text),
        text=text,
        valid_inside=_valid(column, trimmed(text)),
        inside=trimmed(text),
        kind=TYPES[column.type],
    )


def canonical(column: Column) -> sql.Composable:
    """Return SQL for the typed value in a form in which equal values are equal text: 30, 30.0 and 30.00."""
    name = sql.Identifier(column.name)
    if column.type == "numeric":
        return compose("trim_scale({name})", name=name)
    if column.type == "timestamp":  # eight bytes, whatever the session's time zone, and cheap to get
        return compose("timestamptz_send({name})", name=name)
    return name


def _valid(column: Column, text: sql.Composable) -> sql.Composable:
    if column.type in ("integer", "bigint"):
        return compose(
            "{is_plain} and pg_input_is_valid({text}, {kind})",
            is_plain=_consists_of("0123456789+-", text),
            text=text,
            kind=sql.Literal(column.type),
        )
    if column.type == "numeric":
        # the type modifier bounds the size; an exponent could still ask for thousands of decimals
        return compose(
            """
            octet_length({text}) <= {longest} and pg_input_is_valid({text}, 'numeric(38,12)')
            and case
                when {is_plain} then true
                when {has_exponent} then scale({text}::numeric) <= {decimals}
                else false
            end
            """,
            text=text,
            is_plain=_consists_of("0123456789+-.", text),
            has_exponent=_consists_of("0123456789+-.eE", text),
            longest=sql.Literal(LONGEST_NUMBER),
            decimals=sql.Literal(MOST_DECIMALS),
        )
    if column.type in ("date", "timestamp"):
        # ISO 8601 with four digits of year, or 20261121; no words, no names of zones but UTC and Z
        return compose(
            """
            {text} between '0' and ':'
            and case
                when {text} like '____-__-__ __:__:__' or {text} like '____-__-__' then true
                when not {is_plain} then false
                else substr({text}, 5, 1) in ('-', '/')
                    or (ltrim(substr({text}, 1, 8), '0123456789') = '' and length({text}) >= 8)
            end
            and pg_input_is_valid({text}, {kind})
            """,
            text=text,
            is_plain=_consists_of("0123456789-/: .+TZUC", text),
            kind=sql.Literal("date" if column.type == "date" else "timestamptz"),
        )
    kind = "jsonb" if column.type == "json" else column.type
    return compose("pg_input_is_valid({text}, {kind})", text=text, kind=sql.Literal(kind))


def _consists_of(characters: str, text: sql.Composable) -> sql.Composable:
    """Return SQL for whether the text has no other characters; as bytes, which are compared twice as fast."""
    return compose(
        "ltrim(textsend({text}), {characters}::bytea) = ''::bytea",
        text=text,
        characters=sql.Literal(characters),
    )

"""Whether two databases give the same answer: a relation compared row by row and value by value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NUMBERS = ("numeric", "double precision")
# how far two numbers may lie apart: of the larger of them, and at least of 1
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Agreement:
    """How one relation stands in two databases, ours and theirs.

    rows: of ours.
    only_ours, only_theirs: rows whose key the other does not have.
    values: values that differ in rows that both have, by column; columns without such are left out.
    """

    rows: int
    only_ours: int
    only_theirs: int
    values: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return not (self.only_ours or self.only_theirs or self.values)

    def __str__(self) -> str:
        if self:
            return f"agrees: {self.rows:,} rows"
        parts = [
            f"{count:,} rows only {where}"
            for count, where in ((self.only_ours, "here"), (self.only_theirs, "there"))
            if count
        ]
        parts += [f"{column} in {count:,}" for column, count in sorted(self.values.items())]
        return f"differs: of {self.rows:,} rows {', '.join(parts)}"


def compare(
    connection: Any, ours: str, theirs: str, key: Sequence[str], columns: Mapping[str, str]
) -> Agreement:
    """Compare two relations that one connection to DuckDB can read.

    Args:
        connection: to DuckDB.
        ours, theirs: names of the relations.
        key: columns that tell a row; NULL equals NULL.
        columns: type of every column, as Postgres calls it. Numbers may be off by `TOLERANCE`.
    """
    joined = " and ".join(
        f"{_key_of('ours', name, columns)} is not distinct from {_key_of('theirs', name, columns)}"
        for name in key
    )
    compared = [name for name in columns if name not in key]
    counts = ", ".join(
        ["count(ours.is_here)", "count(*) filter (ours.is_here is null)"]
        + ["count(*) filter (theirs.is_here is null)"]
        + [f"count(*) filter (both_have and {_differs(name, columns[name])})" for name in compared]
    )
    [[rows, only_theirs, only_ours, *values]] = connection.execute(
        f"""
        select {counts}
        from (select true as is_here, * from {ours}) as ours
        full join (select true as is_here, * from {theirs}) as theirs on {joined}
        """.replace("both_have", "ours.is_here and theirs.is_here")
    ).fetchall()
    differing = {name: count for name, count in zip(compared, values, strict=True) if count}
    return Agreement(rows, only_ours, only_theirs, differing)


def _key_of(side: str, name: str, columns: Mapping[str, str]) -> str:
    column = f'{side}."{name}"'
    return f"round(cast({column} as double), 9)" if columns[name] in NUMBERS else column


def _differs(name: str, kind: str) -> str:
    """Return the condition under which a column differs."""
    ours, theirs = f'ours."{name}"', f'theirs."{name}"'
    if kind == "jsonb":
        return f"cast({ours} as json) is distinct from cast({theirs} as json)"
    if kind not in NUMBERS:
        return f"{ours} is distinct from {theirs}"
    ours, theirs = f"cast({ours} as double)", f"cast({theirs} as double)"
    apart = f"abs({ours} - {theirs}) > {TOLERANCE} * greatest(1, abs({ours}), abs({theirs}))"
    return f"(({ours} is null) <> ({theirs} is null) or {apart})"

"""What belongs to one source table in the database, by name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from psycopg import sql

from evergreen.sources.definition import Table
from evergreen.sources.names import LONGEST

_TYPED = "__typed"


@dataclass(frozen=True, slots=True)
class Relations:
    """SQL names of one source table's relations.

    landing: the rows of batches in flight as they came, all text; unlogged.
    raw: all versions of all rows, typed.
    typed: the landed rows of the batches being gated, typed; unlogged, as all that follow.
    contested: rows of `typed` that share their key with another of its rows.
    failures: rows of `typed` that break a critical rule, once per rule.
    verdicts: what each rule says about each batch.
    batches: the batches being gated, with figures that rules about whole batches need.
    """

    landing: sql.Identifier
    raw: sql.Identifier
    typed: sql.Identifier
    contested: sql.Identifier
    failures: sql.Identifier
    verdicts: sql.Identifier
    batches: sql.Identifier

    @property
    def working(self) -> tuple[sql.Identifier, ...]:
        """What exists between gate and promotion only."""
        return self.typed, self.contested, self.failures, self.verdicts, self.batches


def relations_of(table: Table) -> Relations:
    """Return the names of what belongs to `table`."""
    return relations_named(table.qualified_name)


def relations_named(name: str) -> Relations:
    """Return them for a qualified name, such as that of a table that no definition names any more."""
    return Relations(
        landing=sql.Identifier("landing", name),
        raw=sql.Identifier("raw", name),
        typed=sql.Identifier("landing", suffixed(name, _TYPED)),
        contested=sql.Identifier("landing", suffixed(name, "__contested")),
        failures=sql.Identifier("landing", suffixed(name, "__failures")),
        verdicts=sql.Identifier("landing", suffixed(name, "__verdicts")),
        batches=sql.Identifier("landing", suffixed(name, "__batches")),
    )


def typed_name(table: Table) -> str:
    """Return the name, within schema landing, of the table that the gate looks at."""
    return suffixed(table.qualified_name, _TYPED)


def suffixed(name: str, suffix: str) -> str:
    """Append `suffix`; a name that would be too long for PostgreSQL is cut and keeps a hash of the whole."""
    if len(name) + len(suffix) <= LONGEST:
        return name + suffix
    short = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST - len(suffix) - 9]}_{short}{suffix}"


def compose(template: LiteralString, **parts: sql.Composable) -> sql.Composed:
    """Fill names and fragments into a piece of SQL."""
    return sql.SQL(template).format(**parts)


def comma(parts: Sequence[sql.Composable]) -> sql.Composed:
    """Join fragments with commas."""
    return sql.SQL(", ").join(parts)


def conjunction(parts: Sequence[sql.Composable]) -> sql.Composed:
    """Join conditions with `and`."""
    return sql.SQL(" and ").join(parts)

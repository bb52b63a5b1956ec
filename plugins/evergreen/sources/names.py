"""Names that reach SQL: what they may look like, and how a source's header becomes one."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
LONGEST = 63
"""PostgreSQL cuts longer identifiers off without a word."""

SYSTEM_COLUMNS = frozenset({"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"})
"""Columns that every table of PostgreSQL has already."""

# of PostgreSQL 16 to 18: pg_get_keywords(), catcode R and T
_RESERVED = """
all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
collation column concurrently constraint create cross current_catalog current_date current_role
current_schema current_time current_timestamp current_user default deferrable desc distinct do else end
except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into
is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on
only or order outer overlaps placing primary references returning right select session_user similar some
symmetric system_user table tablesample then to trailing true union unique user using variadic verbose
when where window with
"""
RESERVED = frozenset(_RESERVED.split())
"""Words that are no column without quotes: `null` and `user` are even read, as something else."""


def checked(name: str) -> str:
    """Return `name` if it may be an identifier in SQL.

    Raises:
        ValueError: it may not; the message says what is allowed.
    """
    if not IDENTIFIER.fullmatch(name):
        raise ValueError(f"{name!r} is no name here: use lower-case letters, digits and _, not a digit first")
    if len(name) > LONGEST:
        raise ValueError(f"{name!r} is {len(name)} characters long: PostgreSQL takes {LONGEST}")
    if name in SYSTEM_COLUMNS:
        raise ValueError(f"{name!r} is a column that PostgreSQL gives every table: write {name}_, say")
    return name


def _no_word_of_sql(name: str) -> str:
    if name in RESERVED:
        raise ValueError(
            f"{name!r} is a word of SQL, and models would read it as such: write {name}_, say, and the "
            "source's name for it under `from`"
        )
    return name


Identifier = Annotated[str, AfterValidator(checked)]
ColumnName = Annotated[Identifier, AfterValidator(_no_word_of_sql)]


def identifier_for(header: str, position: int = 0) -> str:
    """Make an identifier of a source's header: `Unit Price (£)` → `unit_price`.

    Args:
        header: what the source calls the column; may be empty.
        position: ordinal in the header from 1, for headers of which nothing usable is left: `column_3`.
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header.strip())
    name = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")
    if not name:
        return f"column_{position}"
    return (f"_{name}" if name[0].isdigit() else name)[:LONGEST].rstrip("_")


def column_for(header: str, position: int = 0) -> str:
    """Make the name of a column: as `identifier_for`, and a word that SQL keeps for itself ends in `_`."""
    name = identifier_for(header, position)
    return f"{name}_" if name in RESERVED | SYSTEM_COLUMNS else name

"""Names that reach SQL: what they may look like, and how a source's header becomes one."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
LONGEST = 63
"""PostgreSQL cuts longer identifiers off without a word."""


def checked(name: str) -> str:
    """Return `name` if it may be an identifier in SQL.

    Raises:
        ValueError: it may not; the message says what is allowed.
    """
    if not IDENTIFIER.fullmatch(name):
        raise ValueError(f"{name!r} is no name here: use lower-case letters, digits and _, not a digit first")
    if len(name) > LONGEST:
        raise ValueError(f"{name!r} is {len(name)} characters long: PostgreSQL takes {LONGEST}")
    return name


Identifier = Annotated[str, AfterValidator(checked)]


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

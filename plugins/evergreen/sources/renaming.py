"""Headers that nobody declared: which may be a declared column under a new name, or belong to a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from evergreen.sources.definition import Column
from evergreen.sources.header import HeaderMatch
from evergreen.sources.names import identifier_for

ALIKE = 0.75
"""Share of letters in common, of two names squeezed to letters and digits, from which they are alike."""

_PERSONAL = frozenset(
    [
        "address",
        "anschrift",
        "birth",
        "birthdate",
        "birthday",
        "dob",
        "email",
        "fax",
        "firstname",
        "forename",
        "fullname",
        "iban",
        "lastname",
        "mail",
        "mobile",
        "passport",
        "phone",
        "postcode",
        "ssn",
        "street",
        "surname",
        "telefon",
        "telephone",
        "zip",
        "zipcode",
    ]
)
_PERSONAL_PAIRS = {("e", "mail"), ("first", "name"), ("full", "name"), ("ip", "address"), ("last", "name")}


def renamed(match: HeaderMatch[Column]) -> dict[int, Column]:
    """Pair unknown headers with missing columns that they may be, under a new name.

    A header is taken for a missing column if their names are alike, and no other pair is as much; or if one
    column is missing and one header is new, and that stands just where the column is declared.

    Returns:
        Positions of the headers, with their columns.
    """
    likeness = sorted(
        (
            (_likeness(match.header[position], column), position, column)
            for position in match.extra
            for column in match.missing
        ),
        key=lambda found: -found[0],
    )
    pairs: dict[int, Column] = {}
    for degree, position, column in likeness:
        if degree >= ALIKE and position not in pairs and column not in pairs.values():
            pairs[position] = column
    if not pairs and len(match.extra) == len(match.missing) == 1 and _stands_in(match):
        pairs[match.extra[0]] = match.missing[0]
    return pairs


def suggests_a_person(header: str, columns: Sequence[Column]) -> bool:
    """Tell whether an unknown header looks like personal data, by itself or beside personal `columns`."""
    words = identifier_for(header).split("_")
    if any(word.rstrip("0123456789") in _PERSONAL for word in words):
        return True
    if any(pair in _PERSONAL_PAIRS for pair in pairwise(words)):
        return True
    personal = [column for column in columns if column.personal]
    return any(_likeness(header, column) >= ALIKE for column in personal)


def _likeness(header: str, column: Column) -> float:
    """Return how much a header is like the column's name, here or at the source: 0 to 1."""
    names = (column.name, *column.headers)
    return max(SequenceMatcher(None, _squeezed(header), _squeezed(name)).ratio() for name in names)


def _squeezed(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _stands_in(match: HeaderMatch[Column]) -> bool:
    """Tell whether the only new header stands where the only missing column is declared."""
    [position], [column] = match.extra, match.missing
    names = [found.name if found else None for found in match.columns]
    names[position] = column.name
    declared = [name for name in match.declared if name in names]
    return [name for name in names if name is not None] == declared

"""What the values of a column are: their type, and how they are written."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from evergreen.errors import EvergreenError
from evergreen.onboarding.sample import Sample
from evergreen.sources.definition import Clean, Type

_CURRENCY = r"(?:[$€£¥₹]|[A-Z]{3}\s|kr|zł|Fr\.?)?\s?"
_SIGN = rf"[+-]?{_CURRENCY}[+-]?"
_AFTER = r"\s?(?:[$€£¥₹]|[A-Z]{3}|kr|zł|Fr\.?)?"
_COMMA = re.compile(rf"{_SIGN}(\d+|\d{{1,3}}([.'\s]\d{{3}})+)(,\d+)?{_AFTER}")
_POINT = re.compile(rf"{_SIGN}(\d+|\d{{1,3}}([,'\s]\d{{3}})+)(\.\d+)?{_AFTER}")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_CLOCK = r"([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?)"
_ISO = re.compile(rf"(?P<year>\d{{4}})[-/](?P<month>\d{{1,2}})[-/](?P<day>\d{{1,2}}){_CLOCK}?")
_DIGITS = re.compile(r"(?P<year>(19|20)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])")
_WRITTEN = re.compile(rf"(?P<first>\d{{1,2}})[./-](?P<second>\d{{1,2}})[./-](?P<year>\d{{4}}){_CLOCK}?")
_WORDS = {"true", "false", "yes", "no", "t", "f", "y", "n"}
_NUMBERS: tuple[Type, ...] = ("integer", "bigint", "numeric")
_MOMENTS: tuple[Type, ...] = ("date", "timestamp")

LEAST_SHARE = 0.95
"""Share of the values that have to be of a type: a slip of the pen makes no column of texts."""


@dataclass(frozen=True)
class Reading:
    """How the values of a column are read.

    type, clean: as a definition declares them.
    misfits: ordinals of the values that are none of the type.
    """

    type: Type
    clean: tuple[Clean, ...] = ()
    misfits: tuple[int, ...] = ()


@dataclass(frozen=True)
class Misfits:
    """How many values, of how many, are none of their column's type; and the first: its line and text."""

    count: int
    values: int
    line: int
    example: str


@dataclass(frozen=True)
class Profile:
    """A column of the sample.

    header: as found.
    type, clean: as a definition declares them.
    filled: share of records that have a value, from 0 to 1.
    is_unique: no value occurs twice, and every record has one.
    has_negative: a number below zero occurs.
    is_email: the values are addresses of e-mail.
    is_ambiguous: the days may be read day first or month first; day first is assumed.
    examples: up to three values.
    misfits: values that are none of the type, None where all are.
    """

    position: int
    header: str
    type: Type
    clean: tuple[Clean, ...]
    filled: float
    is_unique: bool
    has_negative: bool
    is_email: bool
    is_ambiguous: bool
    examples: tuple[str, ...]
    misfits: Misfits | None = None

    @property
    def is_number(self) -> bool:
        """Whether it can be an amount or a count."""
        return self.type in _NUMBERS

    @property
    def is_moment(self) -> bool:
        """Whether it can say when something happened."""
        return self.type in _MOMENTS


def profiles(sample: Sample) -> list[Profile]:
    """Look at every column of the sample, in order.

    Raises:
        EvergreenError: what should be the header is a row like the others.
    """
    found = [_profile(sample, position) for position in range(len(sample.header))]
    if sample.catalogue is None:
        _check_header(sample.address, found)
    return found


def _check_header(address: str, columns: list[Profile]) -> None:
    """Refuse a header that holds a date above dates, or an amount above amounts; 2025 may name a column."""
    read = [(column, reading_of([column.header]).type) for column in columns]
    alike = [
        (column.header, kind)
        for column, kind in read
        if (column.is_moment and kind in _MOMENTS) or (column.is_number and kind in _NUMBERS)
    ]
    if any(kind in (*_MOMENTS, "numeric") for _, kind in alike):
        raise EvergreenError(
            f"{address}, line 1: looks like data, such as {', '.join(header for header, _ in alike)}: put a "
            "header above it, or describe the source by hand with `header: false`, as docs/sources.md shows"
        )


def _profile(sample: Sample, position: int) -> Profile:
    cells = sample.cells(position)
    values = [value for _, value in cells]
    declared = sample.catalogue.types.get(sample.header[position]) if sample.catalogue else None
    reading = Reading(declared) if declared else reading_of(values)
    others = [cells[ordinal] for ordinal in reading.misfits]
    fitting = _without(values, reading.misfits)
    is_email = bool(values) and sum("@" in value for value in values) > 0.9 * len(values)
    return Profile(
        position=position,
        header=sample.header[position],
        type=reading.type,
        clean=reading.clean,
        filled=len(values) / len(sample.rows),
        is_unique=len(set(values)) == len(sample.rows),
        has_negative=reading.type in _NUMBERS and any("-" in value for value in fitting),
        is_email=is_email,
        is_ambiguous=reading.clean == ("day_first",) and not _tells_days(fitting),
        examples=tuple(dict.fromkeys(fitting))[:3],
        misfits=Misfits(len(others), len(values), *others[0]) if others else None,
    )


def reading_of(values: list[str]) -> Reading:
    """Return the narrowest type that takes the values, all of them or nearly all (`LEAST_SHARE`)."""
    if not values:
        return Reading("text")
    if all(value.lower() in _WORDS for value in values):
        return Reading("boolean")
    if all(map(_is_nested, values)):
        return Reading("json")
    found = [
        (way, misfits) for way in _WAYS if (misfits := _misfits(values, way.takes)) is not None
    ]  # fmt: skip
    if not found:
        return Reading("text")
    way, misfits = min(found, key=lambda item: len(item[1]))  # among equals the first
    fitting = _without(values, misfits)
    kind = _moment(fitting) if way.is_moment else _number(fitting)
    return Reading(kind, way.clean, misfits) if kind else Reading("text")


def _is_nested(value: str) -> bool:
    """Tell whether a value is an object or a list, as services give them within a row."""
    if not value.startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(value), dict | list)
    except (ValueError, RecursionError):
        return False


def _misfits(values: list[str], takes: Callable[[str], bool]) -> tuple[int, ...] | None:
    """Return the ordinals of the values that are not taken, None where there are too many."""
    allowed = tolerated(len(values))
    found: list[int] = []
    for ordinal, value in enumerate(values):
        if not takes(value):
            found.append(ordinal)
            if len(found) > allowed:
                return None
    return tuple(found)


def tolerated(count: int) -> int:
    """Return how many of a number of values or rows may be slips of the pen."""
    return count - math.ceil(count * LEAST_SHARE)


def _without(values: list[str], ordinals: tuple[int, ...]) -> list[str]:
    left_out = set(ordinals)
    return [value for ordinal, value in enumerate(values) if ordinal not in left_out]


def _moment(values: list[str]) -> Type:
    return "timestamp" if any(":" in value for value in values) else "date"


def _number(values: list[str]) -> Type | None:
    """Return the type of numbers, None where digits are a name: 00042, or more than a number has."""
    if not all(re.fullmatch(r"[+-]?\d+", value) for value in values):
        return "numeric"
    longest = max(len(value.lstrip("+-")) for value in values)
    if longest > 18 or any(re.fullmatch(r"0\d+", value) for value in values):
        return None
    return "integer" if longest < 10 else "bigint"


def _is_day(found: re.Match[str] | None, month: str = "month", day: str = "day") -> bool:
    """Tell whether the calendar has the day: there is no 31 February."""
    try:
        return found is not None and bool(date(int(found["year"]), int(found[month]), int(found[day])))
    except ValueError:
        return False


def _tells_days(values: list[str]) -> bool:
    """Whether some value can only be read day first."""
    return any("." in value or int(re.split(r"\D", value)[0]) > 12 for value in values)


@dataclass(frozen=True)
class _Way:
    """A way of writing moments or numbers, and the steps that read it."""

    is_moment: bool
    clean: tuple[Clean, ...]
    takes: Callable[[str], bool]


_WAYS = (
    _Way(True, (), lambda value: _is_day(_ISO.fullmatch(value) or _DIGITS.fullmatch(value))),
    _Way(True, ("day_first",), lambda value: _is_day(_WRITTEN.fullmatch(value), "second", "first")),
    _Way(True, ("month_first",), lambda value: _is_day(_WRITTEN.fullmatch(value), "first", "second")),
    _Way(False, (), lambda value: bool(_PLAIN.fullmatch(value))),
    _Way(False, ("decimal_point",), lambda value: bool(_POINT.fullmatch(value))),
    _Way(False, ("decimal_comma",), lambda value: bool(_COMMA.fullmatch(value))),
)


def number(text: str | None, clean: tuple[Clean, ...]) -> float | None:
    """Return the value of a number as a column writes it, None where there is none."""
    if not text or not text.strip():
        return None
    kept = re.sub(r"[^\d,.+-]", "", text)
    if "decimal_comma" in clean:
        kept = kept.replace(".", "").replace(",", ".")
    try:
        return float(kept.replace(",", ""))
    except ValueError:
        return None

"""What the values of a column are: their type, and how they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from evergreen.onboarding.sample import Sample
from evergreen.sources.definition import Clean, Type

_CURRENCY = r"(?:[$€£¥₹]|[A-Z]{3}\s|kr|zł|Fr\.?)?\s?"
_SIGN = rf"[+-]?{_CURRENCY}[+-]?"
_AFTER = r"\s?(?:[$€£¥₹]|[A-Z]{3}|kr|zł|Fr\.?)?"
_COMMA = re.compile(rf"{_SIGN}(\d+|\d{{1,3}}([.'\s]\d{{3}})+)(,\d+)?{_AFTER}")
_POINT = re.compile(rf"{_SIGN}(\d+|\d{{1,3}}([,'\s]\d{{3}})+)(\.\d+)?{_AFTER}")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_CLOCK = r"([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|UTC|[+-]\d{2}:?\d{2})?)"
_ISO = re.compile(rf"\d{{4}}[-/]\d{{1,2}}[-/]\d{{1,2}}{_CLOCK}?")
_DIGITS = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_WRITTEN = re.compile(rf"(\d{{1,2}})[./-](\d{{1,2}})[./-]\d{{4}}{_CLOCK}?")
_WORDS = {"true", "false", "yes", "no", "t", "f", "y", "n"}


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

    @property
    def is_number(self) -> bool:
        """Whether it can be an amount or a count."""
        return self.type in ("integer", "bigint", "numeric")

    @property
    def is_moment(self) -> bool:
        """Whether it can say when something happened."""
        return self.type in ("date", "timestamp")


def profiles(sample: Sample) -> list[Profile]:
    """Look at every column of the sample, in order."""
    return [_profile(sample, position) for position in range(len(sample.header))]


def _profile(sample: Sample, position: int) -> Profile:
    values = sample.values(position)
    kind, clean = type_of(values)
    is_email = bool(values) and sum("@" in value for value in values) > 0.9 * len(values)
    return Profile(
        position=position,
        header=sample.header[position],
        type=kind,
        clean=clean,
        filled=len(values) / len(sample.rows),
        is_unique=len(set(values)) == len(sample.rows),
        has_negative=kind in ("integer", "bigint", "numeric") and any("-" in value for value in values),
        is_email=is_email,
        is_ambiguous=clean == ("day_first",) and not _tells_days(values),
        examples=tuple(dict.fromkeys(values))[:3],
    )


def type_of(values: list[str]) -> tuple[Type, tuple[Clean, ...]]:
    """Return the narrowest type that takes every value, and the steps that make the values readable."""
    if not values:
        return "text", ()
    if all(value.lower() in _WORDS for value in values):
        return "boolean", ()
    return _moment(values) or _number(values) or ("text", ())


def _number(values: list[str]) -> tuple[Type, tuple[Clean, ...]] | None:
    if all(re.fullmatch(r"[+-]?\d+", value) for value in values):
        return _whole_number(values)
    forms: dict[re.Pattern[str], tuple[Clean, ...]] = {
        _PLAIN: (),
        _POINT: ("decimal_point",),
        _COMMA: ("decimal_comma",),
    }
    for form, clean in forms.items():
        if all(form.fullmatch(value) for value in values):
            return "numeric", clean
    return None


def _whole_number(values: list[str]) -> tuple[Type, tuple[Clean, ...]] | None:
    """Return the type of digits, None where they are a name: 00042, or more than a number has."""
    longest = max(len(value.lstrip("+-")) for value in values)
    if longest > 18 or any(re.fullmatch(r"0\d+", value) for value in values):
        return None
    return ("integer", ()) if longest < 10 else ("bigint", ())


def _moment(values: list[str]) -> tuple[Type, tuple[Clean, ...]] | None:
    kind: Type = "timestamp" if any(":" in value for value in values) else "date"
    if all(_ISO.fullmatch(value) or _DIGITS.fullmatch(value) for value in values):
        return kind, ()
    found = [_WRITTEN.fullmatch(value) for value in values]
    parts = [(int(match[1]), int(match[2])) for match in found if match]
    if len(parts) < len(values):
        return None
    if all(first <= 31 and second <= 12 for first, second in parts):
        return kind, ("day_first",)
    if all(first <= 12 and second <= 31 for first, second in parts):
        return kind, ("month_first",)
    return None


def _tells_days(values: list[str]) -> bool:
    """Whether some value can only be read day first."""
    return any("." in value or int(re.split(r"\D", value)[0]) > 12 for value in values)


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

"""Objects of a JSON text, one after the other, without holding more than one of them and a block."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from evergreen.sources.formats.lines import LONGEST_RECORD
from evergreen.sources.reading import BrokenContent


class Number(float):
    """A number that remembers how it was written: 1.10 stays 1.10."""

    text: str

    def __new__(cls, text: str) -> Number:
        """Make a number of its text."""
        number = super().__new__(cls, text)
        number.text = text
        return number


@dataclass(frozen=True, slots=True)
class Item:
    """One record: an object, or what is wrong with the text that stands in its place."""

    raw: str
    value: dict[str, Any]
    problem: str | None = None


_decoder = json.JSONDecoder(parse_float=Number)
_between = re.compile(r"[\s,]*+")
_next_object = re.compile(r"[}\]]\s*,\s*(?=\{)|\n\s*(?=\{)")


def items_of_lines(texts: Iterable[str]) -> Iterator[Item]:
    """Read one object per line."""
    waiting = ""
    try:
        for text in texts:
            *lines, waiting = (waiting + text).split("\n")
            yield from (_item(line) for line in lines if line.strip())
            if len(waiting) > LONGEST_RECORD:
                raise BrokenContent(f"a line is longer than {LONGEST_RECORD >> 20} MiB")
    except BrokenContent as problem:
        yield Item(waiting[:10_000], {}, str(problem))
        return
    if waiting.strip():
        yield _item(waiting)


def items_of_list(texts: Iterable[str]) -> Iterator[Item]:
    """Read the objects of one list, or objects that follow each other without one."""
    window = _Window(iter(texts))
    is_list = window.skip(_between) == "["
    if is_list:
        window.at += 1
    while (character := window.skip(_between)) not in ("", "]"):
        yield window.take(resume=_next_object) if character == "{" else window.skip_stray()
    if window.damage:
        yield Item("", {}, window.damage)
    elif is_list and character != "]":
        yield Item("", {}, "the list is not closed: the text is cut off")


def _item(text: str) -> Item:
    try:
        value, end = _decoder.raw_decode(text.strip())
    except (ValueError, RecursionError) as error:
        return Item(text, {}, f"not valid JSON ({_reason(error)})")
    if text.strip()[end:].strip():
        return Item(text, {}, "something follows the object")
    return _checked(text, value)


def _checked(raw: str, value: Any) -> Item:
    if not isinstance(value, dict):
        return Item(raw, {}, f"an object is needed, not {json.dumps(value)[:40]}")
    return Item(raw, value)


def _reason(error: Exception) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else " ".join(str(error).split())[:100]


class _Window:
    """The part of the text that is looked at: grows until an object is whole, forgets what is done."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._text = ""
        self.at = 0
        self.damage: str | None = None

    def _grow(self) -> bool:
        """Read on, at least as much as is there already; False at the end."""
        parts = [self._text[self.at :]]
        wanted, got = len(parts[0]), 0
        try:
            for text in self._texts:
                parts.append(text)
                got += len(text)
                if got > wanted:
                    break
        except BrokenContent as problem:
            self.damage = str(problem)
        self._text, self.at = "".join(parts), 0
        return got > 0

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Skip what matches, return the character after it, '' at the end."""
        while True:
            found = pattern.match(self._text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self._text):
                return self._text[self.at]
            if not self._grow():
                return ""

    def take(self, resume: re.Pattern[str]) -> Item:
        """Take the object that begins here; where it is broken, all up to the next one."""
        while True:
            try:
                value, end = _decoder.raw_decode(self._text, self.at)
            except (ValueError, RecursionError) as error:
                if len(self._text) - self.at < LONGEST_RECORD and self._grow():
                    continue
                return self._broken(error, resume)
            raw, self.at = self._text[self.at : end], end
            return _checked(raw, value)

    def skip_stray(self) -> Item:
        """Skip what is no object, up to the next comma, line or bracket."""
        return self._until(re.compile(r"(?=[,\n\]{])"), "an object is needed")

    def _broken(self, error: Exception, resume: re.Pattern[str]) -> Item:
        problem = f"not valid JSON ({_reason(error)})"
        if self.damage and not resume.search(self._text, self.at + 1):
            problem, self.damage = self.damage, None
        return self._until(resume, problem)

    def _until(self, pattern: re.Pattern[str], problem: str) -> Item:
        found = pattern.search(self._text, self.at + 1)
        end = found.end() if found else len(self._text)
        raw, self.at = self._text[self.at : end], end
        return Item(raw.strip().removesuffix(","), {}, problem)

"""Records of a delimited file that COPY refuses: the sound ones whole, the broken ones with what is wrong.

A broken record costs itself. One with an open quote would swallow all that follows; so where reading on does
not lead to a record of the right length, only its first line counts as broken and reading resumes after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from evergreen.sources.formats.lines import LONGEST_RECORD, Line, Lines
from evergreen.sources.reading import BrokenContent, Record


@dataclass(frozen=True)
class Dialect:
    """How fields are told apart.

    width: number of fields in a record.
    quote: None where nothing is quoted.
    delimiter: None where runs of blanks part fields.
    """

    width: int
    encoding: str
    declared_encoding: str
    null_text: str = ""
    delimiter: bytes | None = b","
    quote: bytes | None = b'"'

    def is_blank(self, line: Line) -> bool:
        """Whether a line is no record at all; of one field, an empty line is a NULL."""
        if line.text.strip(b" \t") or self.width == 1:
            return False
        return self.delimiter is None or self.delimiter not in line.text


@dataclass
class _Attempt:
    """A record being read: its fields so far (None = NULL is decided later), the lines it took."""

    lines: list[Line]
    fields: list[tuple[bytes, bool]] = field(default_factory=list)  # text, was it quoted
    problem: str | None = None

    @property
    def raw(self) -> bytes:
        *others, last = self.lines
        return b"".join(line.text + line.end for line in others) + last.text


def tolerant_records(blocks: Iterable[bytes], dialect: Dialect, first_number: int = 2) -> Iterator[Record]:
    """Read every record there is.

    Args:
        blocks: the body, without header. If it raises BrokenContent, that becomes a last record with a
            problem.
        dialect: how to read it.
        first_number: the line number of the first record.
    """
    damage: list[BrokenContent] = []
    lines = Lines(_until_damage(blocks, damage))
    reader = _Reader(dialect, lines)
    number = first_number
    while (line := lines.next()) is not None:
        if dialect.is_blank(line):
            continue
        attempt = reader.read(line)
        yield _record(attempt, dialect, number)
        number += 1
    for problem in damage:
        yield Record(number, None, "", str(problem))


def _until_damage(blocks: Iterable[bytes], damage: list[BrokenContent]) -> Iterator[bytes]:
    try:
        yield from blocks
    except BrokenContent as problem:
        damage.append(problem)


class _Reader:
    """Takes one record after the other from the lines."""

    def __init__(self, dialect: Dialect, lines: Lines) -> None:
        self._dialect = dialect
        self._lines = lines
        quote = re.escape(dialect.quote or b'"')
        # Quoted text up to its closing quote, from after the opening one.
        self._closing = re.compile(rb"([^%b]*+(?:%b%b[^%b]*+)*+)%b" % (quote, quote, quote, quote, quote))

    def read(self, first: Line) -> _Attempt:
        dialect = self._dialect
        if first.is_overlong:
            problem = f"the record is longer than {LONGEST_RECORD >> 20} MiB"
            return _Attempt([first], problem=problem)
        if dialect.delimiter is None:
            parts = re.split(rb"[ \t]+", first.text.strip(b" \t"))
            return self._counted(_Attempt([first], [(part, False) for part in parts]))
        if dialect.quote is None or dialect.quote not in first.text:
            parts = first.text.split(dialect.delimiter)
            return self._counted(_Attempt([first], [(part, False) for part in parts]))
        attempt = self._counted(self._quoted(first))
        if attempt.problem and len(attempt.lines) > 1:
            self._lines.put_back(attempt.lines[1:])
            attempt = _Attempt([first], problem="a quote is not closed")
        return attempt

    def _quoted(self, first: Line) -> _Attempt:
        assert self._dialect.delimiter is not None and self._dialect.quote is not None
        attempt = _Attempt([first])
        text, at = first.text, 0
        while True:
            if text.startswith(self._dialect.quote, at):
                found = self._to_closing_quote(attempt, text, at + 1)
                if found is None:
                    return attempt
                value, text, at = found
                attempt.fields.append((value, True))
                if at < len(text) and not text.startswith(self._dialect.delimiter, at):
                    attempt.problem = "text follows a closing quote"
                    return attempt
                following = at
            else:
                following = text.find(self._dialect.delimiter, at)
                following = len(text) if following < 0 else following
                attempt.fields.append((text[at:following], False))
            if following >= len(text):
                return attempt
            at = following + 1

    def _to_closing_quote(self, attempt: _Attempt, text: bytes, at: int) -> tuple[bytes, bytes, int] | None:
        """Read quoted text, over lines if need be; return it, the line it ends in, and where it ends."""
        assert self._dialect.quote is not None
        quote = self._dialect.quote
        parts: list[bytes] = []
        length = 0
        while (found := self._closing.match(text, at)) is None:
            parts += [text[at:], attempt.lines[-1].end]
            length += len(text) + 2
            line = self._lines.next()
            if line is None or line.is_overlong or length > LONGEST_RECORD:
                if line is not None:
                    self._lines.put_back([line])
                attempt.problem = "a quote is not closed"
                return None
            attempt.lines.append(line)
            text, at = line.text, 0
        parts.append(found[1])
        return b"".join(parts).replace(quote * 2, quote), text, found.end()

    def _counted(self, attempt: _Attempt) -> _Attempt:
        if attempt.problem is None and len(attempt.fields) != self._dialect.width:
            attempt.problem = f"{len(attempt.fields)} fields where the header has {self._dialect.width}"
        return attempt


def _record(attempt: _Attempt, dialect: Dialect, number: int) -> Record:
    raw = attempt.raw
    try:
        raw_text, problem = raw.decode(dialect.encoding), attempt.problem
    except UnicodeDecodeError as error:
        raw_text = raw.decode(dialect.encoding, "backslashreplace")
        place = f"byte {error.start + 1} of the record"
        problem = f"{place} is not {dialect.declared_encoding}: is its `encoding` another?"
    if "\0" in raw_text:
        raw_text = raw_text.replace("\0", "\\x00")
        problem = problem or "the record holds a NUL byte"
    if problem:
        return Record(number, None, raw_text, problem)
    texts = [(text.decode(dialect.encoding), quoted) for text, quoted in attempt.fields]
    fields = [None if text == dialect.null_text and not quoted else text for text, quoted in texts]
    return Record(number, fields, raw_text, None)

"""Physical lines of a text file, for the tolerant way: bounded, with their ends, and with a way back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from evergreen.sources.reading import BLOCK_BYTES

LONGEST_RECORD = 64 << 20
"""Bytes of a record that is still looked at; what is longer is a problem, not a record."""

SHOWN_OF_OVERLONG = 10_000


@dataclass(slots=True)
class Line:
    """A line without its end, and the end: `\\n`, `\\r\\n`, `\\r`, or nothing at the end of the file."""

    text: bytes
    end: bytes
    is_overlong: bool = False


class Lines:
    """Lines of the blocks, one after the other; lines can be put back.

    Lines end with \\n or \\r\\n; in a file that has only \\r, with that.
    """

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._incoming = _split(blocks)
        self._returned: deque[Line] = deque()

    def next(self) -> Line | None:
        """Return the next line, None at the end."""
        return self._returned.popleft() if self._returned else next(self._incoming, None)

    def put_back(self, lines: list[Line]) -> None:
        """Let these lines come again, in this order."""
        self._returned.extendleft(reversed(lines))


def _split(blocks: Iterable[bytes]) -> Iterator[Line]:
    incoming = iter(blocks)
    start = _start(incoming)
    # A single \r at the very end may be half of \r\n.
    end = b"\r" if b"\n" not in start and b"\r" in start[:-1] else b"\n"
    parts: list[bytes] = []
    length = 0
    for block in chain([start], incoming):
        *whole, rest = block.split(end)
        for text in whole:
            parts.append(text)
            yield _line(parts, end, length + len(text))
            parts, length = [], 0
        if length <= LONGEST_RECORD:
            parts.append(rest)
        length += len(rest)
    if length:
        yield _line(parts, b"", length)


def _start(incoming: Iterator[bytes]) -> bytes:
    """Take as much as it needs to see how lines end."""
    start = b""
    for block in incoming:
        start += block
        if b"\n" in start or len(start) >= BLOCK_BYTES:
            break
    return start


def _line(parts: list[bytes], end: bytes, length: int) -> Line:
    text = b"".join(parts)
    if end == b"\n" and text.endswith(b"\r"):
        text, end = text[:-1], b"\r\n"
    if length > LONGEST_RECORD:
        return Line(text[:SHOWN_OF_OVERLONG], end, is_overlong=True)
    return Line(text, end)

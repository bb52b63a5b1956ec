"""Whether quotes stand where CSV has them, checked in passing at the speed of a regular expression.

COPY takes a quote anywhere as the beginning of quoted text: `3" pipe` in one record and `4" pipe` in a later
one make it read both, and all between them, as one field, without an error if the number of fields happens to
fit. So a quote must open a field, close one, or be doubled inside; anything else goes the tolerant way.
"""

from __future__ import annotations

import re

from evergreen.sources.reading import BrokenContent


class QuoteCheck:
    """Watches the blocks of one file.

    What is carried from block to block is at most three bytes: the state at the end of the last block,
    written as the shortest text that leads to it. A line break stands for the beginning of the file.

    Possessive groups hold nothing that could be matched in two ways: until 3.11.5 Python would err.
    """

    def __init__(self, address: str, delimiter: str = ",", quote: str = '"') -> None:
        self._address = address
        self._quote = quote.encode("ascii")
        q, d = re.escape(self._quote), re.escape(delimiter.encode("ascii"))
        self._boundaries = (delimiter.encode("ascii"), b"\r", b"\n")
        inside = rb"[^%b]*+(?:%b%b[^%b]*+)*+" % (q, q, q, q)
        around = rb"[%b\r\n]" % d
        field = rb"[^%b]*+(?<=%b)%b%b%b(?=%b)" % (q, around, q, inside, q, around)
        self._sound = re.compile(rb"(?:%b)*" % field)
        self._open = re.compile(rb"%b%b(%b?)" % (q, inside, q))
        self._end_mark = re.compile(rb"[\r\n]\\\.(?:[\r\n]|\Z)")
        self._carry = b"\n"
        self._tail = b"\n"

    def feed(self, block: bytes) -> None:
        """Look at the next block.

        Raises:
            BrokenContent: COPY would misread this.
        """
        self._refuse_end_mark(block)
        if self._quote not in self._carry and self._quote not in block:
            self._carry = block[-1:] or self._carry
            return
        text = self._carry + block
        rest = text[self._sound.match(text).end() :]  # type: ignore[union-attr] # it matches nothing at least
        at = rest.find(self._quote)
        if at < 0:
            self._carry = rest[-1:]
            return
        starts_field = rest[at - 1 : at] in self._boundaries
        is_open = self._open.fullmatch(rest, at) if starts_field else None
        if is_open is None:
            raise BrokenContent(f"{self._address}: a quote stands inside a field")
        self._carry = b"\n" + self._quote * (2 if is_open[1] else 1)

    def finish(self) -> None:
        """Say that no block follows.

        Raises:
            BrokenContent: the last quote is not closed.
        """
        if self._carry == b"\n" + self._quote:
            raise BrokenContent(f"{self._address}: a quote is not closed")

    def _refuse_end_mark(self, block: bytes) -> None:
        r"""Before version 18, COPY takes a line of `\.` for the end of the data and drops what follows."""
        text = self._tail + block
        if b"\\." in text and self._end_mark.search(text):
            raise BrokenContent(f"{self._address}: a line holds nothing but \\.")
        self._tail = text[-3:]

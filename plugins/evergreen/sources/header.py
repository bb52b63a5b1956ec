"""A delivery's header against the declared columns: which is which, what is missing, what is new.

Two headers are the same if they agree after blanks around them are cut and case is folded. Order does not
matter here; whether it may change is the table's policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    """A column as far as headers are concerned."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def headers(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def optional(self) -> bool: ...  # noqa: D102


C = TypeVar("C", bound=Named)


@dataclass(frozen=True, slots=True)
class HeaderMatch(Generic[C]):
    """How a header fits.

    columns: aligned with the header: the declared column, or None.
    missing: declared, not optional, and not there.
    extra: positions (from 0) of headers that nobody declared.
    ignored: positions of headers that the table declares as not wanted.
    repeated: positions of headers that name a column a second time; such a delivery has no clear meaning.
    is_reordered: the declared columns stand in another order than declared.
    header: as found.
    declared: names of the declared columns, in their order.
    """

    header: tuple[str, ...]
    columns: tuple[C | None, ...]
    missing: tuple[C, ...]
    extra: tuple[int, ...]
    ignored: tuple[int, ...]
    repeated: tuple[int, ...]
    is_reordered: bool
    declared: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Every declared column is there once, and no other."""
        return not (self.missing or self.extra or self.repeated)

    def describe(self) -> str:
        """Say in one line what does not fit; '' where all does."""
        parts = []
        if self.missing:
            parts.append("missing: " + ", ".join(" or ".join(c.headers) for c in self.missing))
        if self.repeated:
            parts.append("twice: " + ", ".join(self.header[i] for i in self.repeated))
        if self.extra:
            parts.append("unknown: " + ", ".join(repr(self.header[i][:80]) for i in self.extra))
        if is_excel_mark(*self.header):
            parts.append("line 1 is Excel's `sep=`: have it removed")
        elif len(self.header) == 1 and self.missing and any(d in self.header[0] for d in ",;\t|"):
            parts.append("is another delimiter in use?")
        return "; ".join(parts)


def match_header(header: Sequence[str], declared: Sequence[C], ignore: Iterable[str] = ()) -> HeaderMatch[C]:
    """Compare `header` with the `declared` columns; headers in `ignore` are known and not wanted."""
    by_header = {_folded(h): column for column in declared for h in column.headers}
    unwanted = {_folded(h) for h in ignore}
    columns: list[C | None] = []
    extra, ignored, repeated = [], [], []
    taken: set[str] = set()
    for position, found in enumerate(header):
        column = by_header.get(_folded(found))
        if column is not None and column.name in taken:
            repeated.append(position)
            column = None
        elif column is not None:
            taken.add(column.name)
        elif _folded(found) in unwanted:
            ignored.append(position)
        else:
            extra.append(position)
        columns.append(column)
    order = [column.name for column in columns if column is not None]
    return HeaderMatch(
        header=tuple(header),
        columns=tuple(columns),
        missing=tuple(c for c in declared if c.name not in taken and not c.optional),
        extra=tuple(extra),
        ignored=tuple(ignored),
        repeated=tuple(repeated),
        is_reordered=order != [c.name for c in declared if c.name in taken],
        declared=tuple(c.name for c in declared),
    )


def is_excel_mark(first: str, *others: str) -> bool:
    """Tell whether a header is none but the line `sep=;`, which tells Excel how fields are parted."""
    found = re.fullmatch(r'"?sep=.?"?', first.strip(), re.IGNORECASE)
    return found is not None and not any(others)


def _folded(header: str) -> str:
    return header.strip().casefold()

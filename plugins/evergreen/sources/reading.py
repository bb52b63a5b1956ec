"""What a reader hands to whoever loads: deliveries, their bytes, and a slow way through broken ones.

A reader finds out what a source has to offer (`discover`). Each delivery becomes one batch. Its bytes go to
COPY as they are; only where COPY refuses them does `Stream.reopen_tolerant` take the content apart record
by record, so that one broken record costs one record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from evergreen.errors import EvergreenError

BLOCK_BYTES = 1 << 20
"""How much is read and handed on at once."""

Seen = Callable[[str, str, str], bool]
"""(table, file or cursor, fingerprint) → has exactly this been loaded already?"""


class UnreadableDelivery(EvergreenError):
    """This one delivery cannot be read at all (empty, no header, not what it claims to be): reject it."""


class BrokenContent(EvergreenError):
    """The bytes cannot go to COPY as they are: take `Stream.reopen_tolerant` instead.

    Raised while the blocks are read: by content that COPY would misread in silence, and by a damaged archive.
    """


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a delivery, as the tolerant way sees it.

    Exactly one of `fields` and `problem` is set. `fields` are aligned with `Stream.columns`; None is the
    source's NULL. `line_number` is the record's ordinal with the header as 1, as on the fast way.
    `raw_text` is what stands in the source, with what no text column can hold written as escapes.
    """

    line_number: int
    fields: list[str | None] | None
    raw_text: str
    problem: str | None


@dataclass(slots=True)
class Stream:
    """The content of a delivery.

    columns: header as found (the source's own names), in order. Judge it with `Table.match`.
    blocks: the body without its header, once, ready for `COPY … FROM STDIN (<copy_options>)`.
        Raises BrokenContent where only the tolerant way helps.
    copy_options: such as `FORMAT csv, DELIMITER ',', QUOTE '"', NULL '', ENCODING 'UTF8'`.
    tolerant: what `reopen_tolerant` calls.
    omits_nulls: who writes this leaves out columns that have no value in any row, as is usual in JSON.
    """

    columns: list[str]
    blocks: Iterator[bytes]
    copy_options: str
    tolerant: Callable[[], Iterator[Record]]
    omits_nulls: bool = False

    def reopen_tolerant(self) -> Iterator[Record]:
        """Read the delivery again from its beginning, record by record; valid while the delivery is open."""
        return self.tolerant()


class Delivery(Protocol):
    """Something a source offers that is to become one batch.

    file_or_cursor: shown in the ledger: relative file name, or `updated_at to 2026-01-01 00:00:00+00`.
    fingerprint: equal fingerprint of the same table and file_or_cursor = the same content.
    delivered_on: the day the source says it is from.
    bytes_total: bytes that the blocks will bring; None where nobody knows.
    cursor: high-water mark to store for this table once the delivery is promoted; None = none.
    is_complete: the delivery is all the table holds now; a key it lacks is gone from the source.
    """

    @property
    def source(self) -> str: ...  # noqa: D102
    @property
    def table(self) -> str: ...  # noqa: D102
    @property
    def file_or_cursor(self) -> str: ...  # noqa: D102
    @property
    def fingerprint(self) -> str: ...  # noqa: D102
    @property
    def delivered_on(self) -> date | None: ...  # noqa: D102
    @property
    def bytes_total(self) -> int | None: ...  # noqa: D102
    @property
    def cursor(self) -> str | None: ...  # noqa: D102
    @property
    def is_complete(self) -> bool: ...  # noqa: D102
    def open(self) -> AbstractContextManager[Stream]:
        """Open the content.

        Raises:
            UnreadableDelivery: this delivery is beyond reading; the others of its source may be fine.
            EvergreenError: the source itself cannot be reached.
        """
        ...

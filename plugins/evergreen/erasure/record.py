"""What an erasure did, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Erased:
    """Rows by what became of them and by table.

    deleted: they are gone. anonymous: they stay, as a guest's. blank: they stay counted, and say nothing.
    """

    counts: dict[str, dict[str, int]] = field(
        default_factory=lambda: {"deleted": {}, "anonymous": {}, "blank": {}}
    )

    def add(self, word: str, table: str, rows: int) -> None:
        """Count rows of a table."""
        if rows:
            known = self.counts[word]
            known[table] = known.get(table, 0) + rows

    def total(self, word: str | None = None) -> int:
        """Return how many rows there were, of one kind or of all."""
        return sum(sum(known.values()) for kind, known in self.counts.items() if word in (None, kind))

    @property
    def tables(self) -> list[str]:
        """The tables that were touched."""
        return sorted({table for known in self.counts.values() for table in known})

"""Whether sources still deliver: how old the last promoted delivery of each is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from evergreen.sources.definition import Source
from evergreen.warehouse.connections import Warehouse


@dataclass(frozen=True)
class Stale:
    """A source that is silent for longer than its definition allows; `age` is None if it never spoke."""

    source: str
    age: timedelta | None
    allowed: timedelta

    def __str__(self) -> str:
        since = "ever" if self.age is None else f"for {_said(self.age)}"
        return f"{self.source}: nothing was promoted {since}, and {_said(self.allowed)} are allowed"


def stale(warehouse: Warehouse, sources: Iterable[Source]) -> list[Stale]:
    """Return the sources among `sources` that are silent for too long, by `fresh_within`."""
    with warehouse.connect("reader") as connection:
        ages = dict(
            connection.execute(
                """
                select source, now() - max(finished_at)
                from audit.load_batches
                where status = 'promoted' and forgotten_in is null
                group by source
                """
            ).fetchall()
        )
    return [
        Stale(source.source, ages.get(source.source), source.fresh_within)
        for source in sources
        if source.fresh_within is not None
        and (source.source not in ages or ages[source.source] > source.fresh_within)
    ]


def _said(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours"

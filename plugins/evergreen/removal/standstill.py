"""Taking rows out of the warehouse for good: while nothing else moves, and as a promotion of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from evergreen.loading.locks import loading
from evergreen.publishing.candidate import abandon, building
from evergreen.warehouse.connections import Connection, Warehouse


@contextmanager
def standstill(warehouse: Warehouse, sources: Iterable[str]) -> Iterator[None]:
    """Be the only one who loads `sources` or builds while the context lasts.

    Loads and builds that are under way are waited for; an unfinished candidate is given up.
    """
    with ExitStack() as stack:
        for name in sorted(sources):
            stack.enter_context(loading(warehouse, name))
        builder = stack.enter_context(building(warehouse))
        with builder.transaction():
            abandon(builder)
        yield


def number(connection: Connection, promoter: str) -> int:
    """Number what is taken out as a promotion whose changes are not listed: the next build is a full one."""
    row = connection.execute(
        "insert into audit.promotions (source, changes_recorded) values (%s, false) returning promotion_id",
        [promoter],
    ).fetchone()
    assert row
    promotion: int = row[0]
    return promotion

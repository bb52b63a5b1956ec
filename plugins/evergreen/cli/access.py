"""How a command gets at the warehouse of this home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from evergreen.errors import EvergreenError
from evergreen.settings import settings
from evergreen.warehouse import cluster
from evergreen.warehouse.connections import Connection, Warehouse


def has_warehouse() -> bool:
    """Tell whether this home has a warehouse; looking at it must not make one."""
    return settings().database_url is not None or cluster.found() is not None


@contextmanager
def existing_warehouse() -> Iterator[Warehouse]:
    """Open the warehouse of this home, and leave the embedded server as it was found.

    Raises:
        EvergreenError: the home has none yet.
    """
    if not has_warehouse():
        raise EvergreenError(
            f"{settings().home}: nothing is here yet: `evergreen run` sets it up; another "
            "home is found by EVERGREEN_HOME"
        )
    with Warehouse.borrowed() as warehouse:
        yield warehouse


def is_held(connection: Connection, lock: str) -> bool:
    """Tell whether somebody holds the advisory lock, that is, is at work."""
    found = connection.execute(
        """
        select exists (
            select from pg_locks
            where
                locktype = 'advisory' and granted
                and (classid::bigint << 32) | objid::bigint = hashtext(%s)::bigint
        )
        """,
        [lock],
    ).fetchone()
    return bool(found and found[0])

"""Locks by name that a session of the database holds: one at a time is at work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg

from evergreen.warehouse.connections import Connection


@contextmanager
def held(
    connection: Connection, name: str, *, busy: Callable[[], None], shared: bool = False
) -> Iterator[None]:
    """Hold the lock `name` while the context lasts; a killed process leaves none behind.

    Args:
        connection: whose session holds it.
        name: of the lock.
        busy: called before the lock is waited for, if another session holds it; may raise instead.
        shared: whether others may hold their share of it meanwhile.
    """
    mode = "_shared" if shared else ""
    taken = connection.execute(f"select pg_try_advisory_lock{mode}(hashtext(%s))", [name]).fetchone()
    if not (taken and taken[0]):
        busy()
        connection.execute(f"select pg_advisory_lock{mode}(hashtext(%s))", [name])
    try:
        yield
    finally:
        # Not left to the end of the session: its server process is still ending when the caller goes on,
        # and whoever comes next would find the lock held by nobody. A broken connection has let go.
        with suppress(psycopg.Error):
            connection.execute(f"select pg_advisory_unlock{mode}(hashtext(%s))", [name])

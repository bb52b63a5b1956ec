"""Who may load: one process per source at a time, one promotion at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from evergreen import progress
from evergreen.warehouse.connections import Connection, Warehouse


@contextmanager
def loading(warehouse: Warehouse, source: str) -> Iterator[Connection]:
    """Connect as the loader and be the only one who loads `source` while the context lasts.

    A second process waits. The lock goes with the connection, so a killed process leaves none behind.
    """
    with warehouse.connect("loader", autocommit=True) as connection:
        key = f"evergreen load {source}"
        taken = connection.execute("select pg_try_advisory_lock(hashtext(%s))", [key]).fetchone()
        if not taken or not taken[0]:
            progress.note(f"Another run is loading {source}: waiting for it")
            connection.execute("select pg_advisory_lock(hashtext(%s))", [key])
        yield connection


def lock_promotion(connection: Connection) -> None:
    """Be the only one who promotes until the transaction ends: promotions commit in the order of numbers."""
    connection.execute("select pg_advisory_xact_lock(hashtext('evergreen promotion'))")

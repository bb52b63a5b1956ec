"""Who may load: one process per source at a time, one promotion at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from evergreen import progress
from evergreen.warehouse import session_locks
from evergreen.warehouse.connections import Connection, Warehouse


@contextmanager
def loading(warehouse: Warehouse, source: str) -> Iterator[Connection]:
    """Connect as the loader and be the only one who loads `source` while the context lasts.

    A second process waits.
    """

    def say_that_it_waits() -> None:
        progress.note(f"Another run is loading {source}: waiting for it")

    with (
        warehouse.connect("loader", autocommit=True) as connection,
        session_locks.held(connection, f"evergreen load {source}", busy=say_that_it_waits),
    ):
        yield connection


def lock_promotion(connection: Connection) -> None:
    """Be the only one who promotes until the transaction ends: promotions commit in the order of numbers."""
    connection.execute("select pg_advisory_xact_lock(hashtext('evergreen promotion'))")

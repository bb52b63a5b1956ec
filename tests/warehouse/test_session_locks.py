"""Locks of a session: who holds one, who waits, and when it is let go."""

from __future__ import annotations

import psycopg
import pytest

from evergreen.warehouse.connections import Warehouse
from evergreen.warehouse.session_locks import held


class BusyError(Exception):
    """Somebody else holds the lock."""


def refuse() -> None:
    raise BusyError


def test_it_is_let_go_although_the_session_lives_on(warehouse: Warehouse) -> None:
    """As it does for a moment after its end, which is longer than it takes the next to come."""
    with (
        warehouse.connect("transformer", autocommit=True) as one,
        warehouse.connect("transformer", autocommit=True) as other,
    ):
        with held(one, "a lock", busy=refuse):
            with pytest.raises(BusyError), held(other, "a lock", busy=refuse):
                pass
            with held(other, "another lock", busy=refuse):
                pass
        with held(other, "a lock", busy=refuse):
            pass
        with pytest.raises(ZeroDivisionError), held(one, "a lock", busy=refuse):
            raise ZeroDivisionError
        with held(other, "a lock", busy=refuse):
            pass


def test_shares_of_a_lock_are_held_beside_each_other(warehouse: Warehouse) -> None:
    with (
        warehouse.connect("transformer", autocommit=True) as one,
        warehouse.connect("transformer", autocommit=True) as other,
    ):
        with held(one, "a lock", busy=refuse, shared=True), held(other, "a lock", busy=refuse, shared=True):
            pass
        with (
            held(one, "a lock", busy=refuse, shared=True),
            pytest.raises(BusyError),
            held(other, "a lock", busy=refuse),
        ):
            pass


def test_an_error_of_its_session_is_told_as_it_is(warehouse: Warehouse) -> None:
    with (
        pytest.raises(psycopg.OperationalError, match="terminating connection"),
        warehouse.connect("transformer", autocommit=True) as one,
        held(one, "a lock", busy=refuse),
    ):
        one.execute("select pg_terminate_backend(pg_backend_pid())")

"""Readers while releases come and go: no error, and never two releases in one answer."""

from __future__ import annotations

import threading

import psycopg
import pytest

from evergreen.publishing.candidate import SCHEMA
from evergreen.publishing.publish import publish, rollback
from evergreen.warehouse.connections import Warehouse
from publishing.by_hand import build, promote

RELEASES = 50
QUERY = """
select orders.amount, totals.amount, customers.amount, releases.release_id
from orders cross join totals cross join customers cross join audit.releases
where releases.is_live
"""


def release_all(warehouse: Warehouse, amount: int) -> None:
    """Release a fact and two marts that say the same amount; columns of one change their order at times."""
    promote(warehouse)
    columns = "amount, currency" if amount % 3 else "currency, amount"
    candidate = build(warehouse, amount, columns=columns)
    with warehouse.connect("transformer") as connection:
        connection.execute(f"create table {SCHEMA}.customers as select {amount} as amount")
    publish(warehouse, candidate.release_id)


def test_a_reader_never_sees_half_a_release(shop: Warehouse) -> None:
    release_all(shop, 0)
    done = threading.Event()
    mixed: list[tuple[int, ...]] = []
    answers: set[int] = set()
    errors: list[Exception] = []

    def read() -> None:
        try:
            with shop.connect("reader", autocommit=True) as reader:
                while not done.is_set():
                    rows = reader.execute(QUERY).fetchall()
                    answers.add(rows[0][0])
                    if len(rows) != 1 or len(set(rows[0][:3])) != 1:
                        mixed.extend(rows)
        except Exception as error:
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in readers:
        thread.start()
    try:
        for amount in range(1, RELEASES + 1):
            release_all(shop, amount)
            if amount % 7 == 0:
                rollback(shop)
    finally:
        done.set()
        for thread in readers:
            thread.join()
    assert not errors
    assert not mixed
    assert len(answers) > RELEASES / 2


def test_a_transaction_that_has_read_a_mart_keeps_its_release(
    shop: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lock on the view holds publication up, for no longer than idle transactions may last."""
    release_all(shop, 1)
    with shop.connect("reader") as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert reader.execute("select amount from totals").fetchone() == (1,)
        publishing = threading.Thread(target=release_all, args=(shop, 2))
        publishing.start()
        publishing.join(1)
        assert publishing.is_alive()
        assert reader.execute("select amount from customers").fetchone() == (1,)
    publishing.join(60)
    assert not publishing.is_alive()


@pytest.mark.parametrize("relation", ["orders", "totals"])
def test_a_snapshot_from_before_a_release_is_told_to_begin_anew(shop: Warehouse, relation: str) -> None:
    """It would see the new views, and none of the rows below them: an error is better than no rows."""
    release_all(shop, 1)
    with shop.connect("reader") as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("select release_id from audit.releases")  # the snapshot, and no lock on a view
        release_all(shop, 2)
        with pytest.raises(psycopg.errors.SerializationFailure, match="begin it anew"):
            reader.execute(f"select amount from {relation}")
        reader.rollback()
        assert reader.execute(f"select amount from {relation}").fetchone() == (2,)

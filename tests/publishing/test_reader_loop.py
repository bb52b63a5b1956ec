"""A reader in a loop while releases come and go: no error, and never two releases in one answer."""

from __future__ import annotations

import threading

from evergreen.publishing.publish import rollback
from evergreen.warehouse.connections import Warehouse
from publishing.by_hand import release

RELEASES = 50


def test_a_reader_never_sees_half_a_release(shop: Warehouse) -> None:
    release(shop, 0)
    done = threading.Event()
    mixed: list[tuple[int, ...]] = []
    answers: set[int] = set()
    errors: list[Exception] = []

    def read() -> None:
        query = """
            select orders.amount, totals.amount, releases.release_id
            from orders cross join totals cross join audit.releases where releases.is_live
        """
        try:
            with shop.connect("reader", autocommit=True) as reader:
                while not done.is_set():
                    rows = reader.execute(query).fetchall()
                    answers.add(rows[0][0])
                    if len(rows) != 1 or rows[0][0] != rows[0][1]:
                        mixed.extend(rows)
        except Exception as error:
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in readers:
        thread.start()
    try:
        for amount in range(1, RELEASES + 1):
            release(shop, amount, columns="amount, currency" if amount % 3 else "currency, amount")
            if amount % 7 == 0:
                rollback(shop)
    finally:
        done.set()
        for thread in readers:
            thread.join()
    assert not errors
    assert not mixed
    assert len(answers) > RELEASES / 2

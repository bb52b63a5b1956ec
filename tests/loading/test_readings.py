"""Deliveries that are readings of a database or a service: cursors, and readings of the whole table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pytest

from evergreen.errors import EvergreenError
from evergreen.loading import landing
from evergreen.sources.reading import Record, Stream
from loading.mill import KEYED, Mill

ORDERS = ["order_id", "customer_id", "amount", "changed_at"]


@dataclass(frozen=True)
class Reading:
    """A reading of table `orders`."""

    rows: list[str]
    fingerprint: str
    cursor: str | None = None
    is_complete: bool = False
    delivered_on: date | None = None
    source: str = "mill"
    table: str = "orders"
    bytes_total: None = None
    breaks: bool = False

    @property
    def file_or_cursor(self) -> str:
        return f"changed_at to {self.cursor}" if self.cursor else "whole table"

    @contextmanager
    def open(self) -> Iterator[Stream]:
        def blocks() -> Iterator[bytes]:
            for row in self.rows:
                yield f"{row}\n".encode()
            if self.breaks:
                raise EvergreenError("database: connection lost")

        def tolerant() -> Iterator[Record]:
            raise AssertionError("not needed")

        yield Stream(ORDERS, blocks(), "FORMAT csv", tolerant)


Read = Callable[..., None]


@pytest.fixture
def read(easy: Mill, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Load readings, in one go; what the readers are told is kept in `asked`."""
    easy.define(KEYED)
    asked: list[Mapping[str, str | None]] = []

    def load(*readings: Reading, steps: tuple[str, ...] = ("land", "gate", "promote")) -> None:
        def discover(
            source: object, location: object, seen: Callable[..., bool], cursors: Mapping[str, str | None]
        ):
            asked.append(dict(cursors))
            return iter([r for r in readings if not seen(r.table, r.file_or_cursor, r.fingerprint)])

        monkeypatch.setattr(landing, "discover", discover)
        for step in steps:
            getattr(easy, step)()

    load.asked = asked  # type: ignore[attr-defined]
    return load


def orders(mill: Mill) -> list[tuple[object, ...]]:
    return mill.current("orders", "order_id, amount")


def test_the_mark_moves_with_what_is_promoted_or_on_its_way(easy: Mill, read: Read) -> None:
    read(Reading(["O1,C1,1,2026-01-01"], "a", cursor="2026-01-01", is_complete=True))
    read(Reading(["O2,C1,1,2026-01-02"], "b", cursor="2026-01-02"), steps=("land",))
    read(Reading(["O3,C1,1,2026-01-03"], "c", cursor="2026-01-03"))
    read()

    assert [marks.get("orders") for marks in read.asked] == [None, "2026-01-01", "2026-01-02", "2026-01-03"]  # type: ignore[attr-defined]
    assert orders(easy) == [("O1", 1), ("O2", 1), ("O3", 1)]


def test_a_rejected_or_lost_reading_moves_no_mark(easy: Mill, read: Read) -> None:
    read(Reading(["O1,C1,1,2026-01-01"], "a", cursor="2026-01-01", is_complete=True))
    read(Reading(["O2,C1,1,2026-01-02"], "b", cursor="2026-01-02"), steps=("land",))
    easy.execute("truncate landing.mill__orders")
    read(Reading(["O2,C1,1,2026-01-02"], "b", cursor="2026-01-02"))

    assert [marks.get("orders") for marks in read.asked] == [None, "2026-01-01", "2026-01-01"]  # type: ignore[attr-defined]
    assert orders(easy) == [("O1", 1), ("O2", 1)]


def test_what_the_look_back_brings_again_is_unchanged(easy: Mill, read: Read) -> None:
    read(Reading(["O1,C1,1,2026-01-01", "O2,C1,2,2026-01-02"], "a", cursor="2026-01-02", is_complete=True))
    read(Reading(["O2,C1,2,2026-01-02", "O1,C1,5,2026-01-03"], "b", cursor="2026-01-03"))

    assert orders(easy) == [("O1", 5), ("O2", 2)]
    assert easy.rows("select promoted_rows, unchanged_rows from audit.load_batches order by batch_id") == [
        (2, 0),
        (1, 1),
    ]


def test_a_complete_reading_withdraws_what_is_gone(easy: Mill, read: Read) -> None:
    read(Reading(["O1,C1,1,", "O2,C1,2,"], "a", is_complete=True))
    read(Reading(["O2,C1,2,", "O3,C1,3,"], "b", is_complete=True))
    assert orders(easy) == [("O2", 2), ("O3", 3)]

    read(Reading(["O1,C1,1,", "O3,C1,3,"], "c", is_complete=True))
    assert orders(easy) == [("O1", 1), ("O3", 3)]


def test_a_complete_reading_without_times_is_right_about_every_change(easy: Mill, read: Read) -> None:
    """Whatever the hashes are, and back and forth."""
    for number, amount in enumerate([1, 2, 1, 3, 2, 1]):
        read(Reading([f"O1,C1,{amount},"], str(number), is_complete=True))
        assert orders(easy) == [("O1", amount)]


def test_a_change_without_a_newer_time_counts_by_the_later_reading(easy: Mill, read: Read) -> None:
    """Whatever the hashes are, back and forth, one by one or several at once."""
    day = "2026-01-01"
    read(Reading([f"O1,C1,0,{day}"], "0", cursor=day, is_complete=True))
    for number, amount in enumerate([1, 2, 1, 3, 3, 2, 1, 1], start=1):
        read(Reading([f"O1,C1,{amount},{day}"], str(number), cursor=day))
        assert orders(easy) == [("O1", amount)]
    for number, amount in enumerate([5, 1, 6, 5], start=20):
        read(Reading([f"O1,C1,{amount},{day}"], str(number), cursor=day), steps=("land",))
    read()
    assert orders(easy) == [("O1", 5)]

    stored = easy.value("select count(*) from raw.mill__orders")
    read(Reading(["O1,C1,9,2025-12-31"], "30", cursor=day))  # older by its own account: it stays former
    read(Reading(["O1,C1,9,2025-12-31"], "31", cursor=day))
    assert orders(easy) == [("O1", 5)]
    assert easy.value("select count(*) from raw.mill__orders") == stored + 1


def test_a_rejected_reading_is_settled_by_the_next(easy: Mill, read: Read) -> None:
    read(Reading(["O1,C1,1,2026-01-01"], "a", cursor="2026-01-01"), steps=("land", "gate"))
    easy.execute("insert into landing.mill__orders__failures select 1, 0, 0, 'odd', null")
    read(steps=("promote",))
    assert easy.open_rejections() == [1]

    read(Reading(["O1,C1,1,2026-01-01"], "a", cursor="2026-01-02"))
    assert easy.open_rejections() == []
    assert easy.rows("select decision, row_count, into_batch_id from audit.quarantine_decisions") == [
        ("delivered again", 1, 2)
    ]
    assert easy.unbalanced() == []


def test_what_a_rejected_reading_brought_is_read_again_though_one_after_it_was_promoted(
    easy: Mill, read: Read
) -> None:
    read(Reading(["O1,C1,1,2026-01-01"], "a", cursor="2026-01-01", is_complete=True))
    read(Reading(["O2,C1,1,2026-01-02"], "b", cursor="2026-01-02"), steps=("land",))
    read(Reading(["O3,C1,1,2026-01-03"], "c", cursor="2026-01-03"), steps=("land", "gate"))
    easy.execute("insert into landing.mill__orders__failures select 2, 0, 0, 'odd', null")
    read(steps=("promote",))
    assert orders(easy) == [("O1", 1), ("O3", 1)]
    assert easy.open_rejections() == [2]

    again = Reading(["O2,C1,1,2026-01-02", "O3,C1,1,2026-01-03"], "d", cursor="2026-01-04")
    read(again)
    read()
    assert [marks.get("orders") for marks in read.asked][-2:] == ["2026-01-01", "2026-01-04"]  # type: ignore[attr-defined]
    assert orders(easy) == [("O1", 1), ("O2", 1), ("O3", 1)]
    assert easy.open_rejections() == []
    assert easy.unbalanced() == []


def test_a_reading_that_began_before_another_was_rejected_settles_nothing(easy: Mill, read: Read) -> None:
    read(Reading(["O1,C1,1,2026-01-01"], "a", cursor="2026-01-01"), steps=("land", "gate"))
    easy.execute("insert into landing.mill__orders__failures select 1, 0, 0, 'odd', null")
    read(Reading(["O2,C1,1,2026-01-02"], "b", cursor="2026-01-02"), steps=("land",))
    read(steps=("promote",))
    read(steps=("gate", "promote"))

    assert orders(easy) == [("O2", 1)]
    assert easy.open_rejections() == [1]


def test_two_complete_readings_at_once_count_by_the_last(easy: Mill, read: Read) -> None:
    read(Reading(["O1,C1,1,", "O2,C1,2,"], "a", is_complete=True), steps=("land",))
    read(Reading(["O2,C1,3,"], "b", is_complete=True))

    assert orders(easy) == [("O2", 3)]


def test_an_empty_or_unclear_reading_proves_nothing(easy: Mill, read: Read) -> None:
    read(Reading(["O1,C1,1,"], "a", is_complete=True))
    read(Reading([], "b", is_complete=True))
    assert orders(easy) == [("O1", 1)]

    read(Reading(["O2,C1,1,", ",C1,1,"], "c", is_complete=True), steps=("land", "gate"))
    easy.execute("insert into landing.mill__orders__failures select 3, 3, 0, 'not_null:order_id', 'order_id'")
    read(steps=("promote",))
    assert orders(easy) == [("O1", 1), ("O2", 1)]


def test_a_row_that_fails_the_gate_keeps_the_version_before(easy: Mill, read: Read) -> None:
    read(Reading(["O1,C1,1,", "O2,C1,2,"], "a", is_complete=True))
    read(Reading(["O1,C1,9,"], "b", is_complete=True), steps=("land", "gate"))
    easy.execute("insert into landing.mill__orders__failures select 2, 2, 0, 'odd', null")
    read(steps=("promote",))

    assert orders(easy) == [("O1", 1)]


def test_a_connection_that_breaks_leaves_nothing(easy: Mill, read: Read) -> None:
    with pytest.raises(EvergreenError, match="connection lost"):
        read(Reading(["O1,C1,1,2026-01-01"], "a", cursor="2026-01-01", breaks=True))

    assert easy.rows("select * from audit.load_batches") == []
    assert easy.value("select count(*) from landing.mill__orders") == 0
    read(Reading(["O1,C1,1,2026-01-01"], "a", cursor="2026-01-01"))
    assert orders(easy) == [("O1", 1)]

"""What a release is as of: the latest day that can have come."""

from __future__ import annotations

from datetime import date

import pytest

from evergreen.errors import EvergreenError
from evergreen.publishing import events
from evergreen.publishing.events import EVENTS, Events, read_events
from evergreen.warehouse.connections import Warehouse

TODAY, TOMORROW = date(2026, 3, 1), date(2026, 3, 2)


@pytest.fixture
def happened(shop: Warehouse, monkeypatch: pytest.MonkeyPatch):
    """Let orders be of these moments, and return what that says."""
    monkeypatch.setattr(events, "tomorrow", lambda: TOMORROW)
    with shop.connect("transformer") as connection:
        for entity, column in EVENTS:
            connection.execute(f"create table input_layer.{entity} ({column} timestamp)")

    def read(*moments: str) -> Events | None:
        with shop.connect("transformer") as connection:
            connection.execute("truncate input_layer.orders")
            connection.cursor().executemany(
                "insert into input_layer.orders values (%s)", [(moment,) for moment in moments]
            )
        return read_events(shop)

    return read


def test_it_is_the_day_of_the_latest_event(happened) -> None:
    found = happened("2026-01-01 10:00", "2026-03-02 23:59:59")
    assert found == Events(date(2026, 1, 1), TOMORROW, 0, TOMORROW)
    assert found.as_of(None) == TOMORROW
    assert found.as_of(TODAY) == TODAY
    assert found.check(TODAY).passed


def test_a_mistyped_year_waits_and_is_told(happened) -> None:
    found = happened("2026-01-01 10:00", "2026-02-28 10:00", "2026-03-03", "2099-04-08 11:00")
    assert found.as_of(None) == date(2026, 2, 28)
    check = found.check(date(2026, 2, 28))
    assert (check.severity, check.passed, check.failing_rows) == ("warning", False, 2)
    assert check.subject == "events that wait for their day: 2, the last of 2099-04-08"
    assert found.check(date(2099, 4, 8)).passed  # asked for


def test_a_day_before_everything_is_refused(happened) -> None:
    found = happened("2026-01-01 10:00", "2026-02-28 10:00")
    assert found.as_of(date(2026, 1, 1)) == date(2026, 1, 1)
    with pytest.raises(EvergreenError, match="on 2025-12-31 nothing had happened yet: the first event is of"):
        found.as_of(date(2025, 12, 31))


def test_nothing_and_nothing_but_the_future_are_told_apart(happened) -> None:
    assert happened() is None
    with pytest.raises(EvergreenError, match=r"all events lie in the future \(1, the last on 2099-04-08\)"):
        happened("2099-04-08 11:00").as_of(None)

"""When things happened, by the input layer as the candidate sees it: what a release can be as of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from psycopg import sql

from evergreen.errors import EvergreenError
from evergreen.publishing.gates import Check
from evergreen.warehouse.connections import Warehouse

# The input layer's columns that say when something happened; promises and plans do not count.
EVENTS = (
    ("orders", "ordered_at"),
    ("refunds", "refunded_at"),
    ("contacts", "contacted_at"),
    ("survey_responses", "submitted_at"),
)
RULE = "events_lie_in_the_future"


@dataclass(frozen=True)
class Events:
    """The days on which something happened.

    first, last: of all.
    latest: the last one that can have come; None = there is none.
    waiting: events on days that cannot have come yet, which count once they have.
    """

    first: date
    latest: date | None
    waiting: int
    last: date

    def as_of(self, wanted: date | None) -> date:
        """Return the day as of which to build: the wanted one, or that of the latest event.

        Raises:
            EvergreenError: nothing had happened by then.
        """
        day = wanted or self.latest
        if day is None:
            raise EvergreenError(
                f"all events lie in the future ({self.waiting:,}, the last on {self.last}): look at the "
                "machine's clock, or at the dates in the source"
            )
        if day < self.first:
            raise EvergreenError(
                f"until: on {day} nothing had happened yet: the first event is of {self.first}, so the "
                "release would be empty"
            )
        return day

    def check(self, as_of: date) -> Check:
        """Return the check that nothing waits for its day to come."""
        waiting = self.waiting if self.last > as_of else 0
        subject = f"events that wait for their day: {waiting:,}, the last of {self.last}" if waiting else ""
        return Check(RULE, None, "warning", not waiting, waiting, subject)


def tomorrow() -> date:
    """Return the last day that it can be somewhere on earth."""
    return datetime.now(UTC).date() + timedelta(days=1)


def read_events(warehouse: Warehouse) -> Events | None:
    """Return the days of all events; None if there are none at all.

    A mistyped year must not move the whole warehouse on: what lies beyond tomorrow is counted apart.
    """
    latest_possible = tomorrow()
    days = sql.SQL(" union all ").join(
        sql.SQL(
            "select min({moment}) as first, max({moment}) as last,"
            " max({moment}) filter (where {moment} < {end}) as latest,"
            " count(*) filter (where {moment} >= {end}) as waiting from {events}"
        ).format(
            moment=sql.Identifier(column),
            events=sql.Identifier("input_layer", entity),
            end=sql.Literal(latest_possible + timedelta(days=1)),
        )
        for entity, column in EVENTS
    )
    with warehouse.connect("transformer") as connection:
        found = connection.execute(
            sql.SQL(
                "select min(first)::date, max(latest)::date, sum(waiting)::bigint, max(last)::date"
                " from ({}) as days"
            ).format(days)
        ).fetchone()
    return Events(*found) if found and found[0] else None

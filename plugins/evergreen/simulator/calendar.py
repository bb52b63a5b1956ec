"""The shop's time: a fixed last day of history, quarters, seasons and opening hours.

Inside the simulator a moment is a float, in days since the first day began. Nothing reads the wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from evergreen.errors import EvergreenError
from evergreen.simulator.arrays import Floats, Ints, Moments, rounded_down

LAST_DAY_OF_HISTORY = date(2025, 12, 31)
DAYS_TO_COME = 365  # simulated beyond the history and hidden until the shop lives through them

_MONTHS = np.array([0.82, 0.84, 1.02, 1.14, 1.16, 1.02, 0.88, 0.84, 0.96, 1.00, 1.14, 1.28])
_WEEKDAYS = np.array([1.12, 1.08, 1.04, 1.04, 1.08, 0.92, 0.72])  # Monday first
_HOURS = np.array([0.3, 0.2, 0.1, 0.1, 0.1, 0.3, 1, 2, 3, 4, 5, 5, 5, 4, 4, 4, 4, 5, 6, 7, 7, 5, 3, 1])


@dataclass(frozen=True)
class Calendar:
    """The days of a shop: history from `first_day` to the last day of history, then days to come.

    `quarters` is the length of the history; `today` cuts what is known from what is hidden and changes
    nothing else; `seasonality` scales the yearly pattern (the weekly one always holds).
    """

    quarters: int
    today: date
    seasonality: float = 1.0

    @classmethod
    def of(cls, years: float, *, today: date | None = None, seasonality: float = 1.0) -> Calendar:
        """Return the calendar of a history of `years`, rounded to quarters.

        Raises:
            EvergreenError: shorter than a quarter, or `today` lies outside of the simulated time.
        """
        quarters = round(years * 4)
        if quarters < 1:
            raise EvergreenError(f"{years} years is too short a history: simulate at least 0.25 years")
        calendar = cls(quarters, today or LAST_DAY_OF_HISTORY, seasonality)
        if not calendar.first_day <= calendar.today <= calendar.last_day:
            raise EvergreenError(
                f"today {calendar.today} is not between {calendar.first_day} and {calendar.last_day}"
            )
        return calendar

    @cached_property
    def first_day(self) -> date:
        """The day the shop opened."""
        years, quarter = divmod(4 - self.quarters, 4)
        return date(LAST_DAY_OF_HISTORY.year + years, quarter * 3 + 1, 1)

    @property
    def last_day(self) -> date:
        """The last day that is simulated."""
        return LAST_DAY_OF_HISTORY + timedelta(days=DAYS_TO_COME)

    @property
    def history_days(self) -> int:
        """Number of days of history."""
        return self.number(LAST_DAY_OF_HISTORY) + 1

    @property
    def all_days(self) -> int:
        """Number of simulated days, those to come included."""
        return self.number(self.last_day) + 1

    @cached_property
    def known_until(self) -> np.datetime64:
        """The end of today: what changes before it is known."""
        return np.datetime64(self.today + timedelta(days=1), "s")

    def number(self, day: date) -> int:
        """Return the number of a day; the first is 0."""
        return (day - self.first_day).days

    @cached_property
    def quarter_starts(self) -> Ints:
        """Day numbers at which quarters begin, and the end of the last one: shape (quarters + 1,)."""
        first = np.datetime64(self.first_day, "M")
        starts = first + 3 * np.arange(len(range(0, self.all_days, 89)) + 1)
        days = (starts.astype("datetime64[D]") - np.datetime64(self.first_day)).astype(np.int64)
        inside = days[days < self.all_days]
        return np.append(inside, self.all_days)

    @property
    def count_quarters(self) -> int:
        """Number of quarters, those to come included."""
        return len(self.quarter_starts) - 1

    def season(self, quarter: int) -> int:
        """Return the quarter of the year, 1–4."""
        month = int(self.quarter_first_days()[quarter].astype("datetime64[M]").astype(np.int64)) % 12
        return month // 3 + 1

    def quarter_of(self, moments: Moments) -> Ints:
        """Return the quarter of each moment; those after the last one belong to it."""
        days = (moments - np.datetime64(self.first_day, "s")) / np.timedelta64(86400, "s")
        quarter = np.searchsorted(self.quarter_starts, days, side="right") - 1
        return np.clip(quarter, 0, self.count_quarters - 1)

    def quarter_first_days(self) -> Moments:
        """First day of every quarter, as dates."""
        return np.datetime64(self.first_day) + self.quarter_starts[:-1].astype("timedelta64[D]")

    def days(self, number: Floats | Ints) -> Moments:
        """Return the dates of moments or day numbers, NaT for NaN."""
        return np.datetime64(self.first_day) + rounded_down(number).astype("timedelta64[D]")

    def moments(self, at: Floats) -> Moments:
        """Return timestamps of moments; the share of the day that has passed is mapped to busy hours.

        The map is monotone and stays within the day, so order is kept.
        """
        day = np.floor(at)
        seconds = np.interp(at - day, _HOURS_PASSED, np.arange(25) * 3600.0)
        start = np.datetime64(self.first_day, "s")
        return start + rounded_down(day * 86400 + np.minimum(seconds, 86399)).astype("timedelta64[s]")

    @cached_property
    def _season_passed(self) -> Floats:
        """Business done by the start of each day, in average days; one more entry than days."""
        dates = np.datetime64(self.first_day) + np.arange(self.all_days)
        month = dates.astype("datetime64[M]").astype(np.int64) % 12
        yearly = 1 + self.seasonality * (_MONTHS[month] / _MONTHS.mean() - 1)
        weekday = (dates.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
        weekly = _WEEKDAYS[weekday] / _WEEKDAYS.mean()
        return np.concatenate([[0.0], np.cumsum(yearly * weekly)])

    def business_by(self, at: Floats) -> Floats:
        """Return the business done by each moment, in average days: the clock of the purchase process."""
        return np.interp(at, np.arange(self.all_days + 1), self._season_passed)

    def moment_of(self, business: Floats) -> Floats:
        """Return the moment by which so much business was done; the inverse of `business_by`."""
        return np.interp(business, self._season_passed, np.arange(self.all_days + 1))


_HOURS_PASSED = np.concatenate([[0.0], np.cumsum(_HOURS) / _HOURS.sum()])

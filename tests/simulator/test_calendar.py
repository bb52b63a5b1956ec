from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.errors import EvergreenError
from evergreen.simulator.calendar import LAST_DAY_OF_HISTORY, Calendar

THREE_YEARS = Calendar.of(3)


def test_the_history_ends_on_a_fixed_day_and_begins_with_a_quarter() -> None:
    assert THREE_YEARS.first_day == date(2023, 1, 1)
    assert Calendar.of(0.25).first_day == date(2025, 10, 1)
    assert Calendar.of(1.5).first_day == date(2024, 7, 1)
    assert THREE_YEARS.today == LAST_DAY_OF_HISTORY
    assert THREE_YEARS.history_days == 365 + 366 + 365


def test_quarters_cover_all_days() -> None:
    starts = THREE_YEARS.quarter_starts
    assert starts[0] == 0
    assert starts[-1] == THREE_YEARS.all_days
    assert THREE_YEARS.count_quarters == 16
    assert list(THREE_YEARS.quarter_first_days()[:2].astype(str)) == ["2023-01-01", "2023-04-01"]
    assert [THREE_YEARS.season(quarter) for quarter in range(5)] == [1, 2, 3, 4, 1]


def test_the_quarter_of_a_moment_begins_at_midnight() -> None:
    moments = np.array(["2023-03-31T23:59:59", "2023-04-01T00:00:00", "2030-01-01"], dtype="datetime64[s]")
    assert list(THREE_YEARS.quarter_of(moments)) == [0, 1, 15]


@given(st.lists(st.floats(0, THREE_YEARS.all_days - 0.001), min_size=2))
def test_moments_keep_order_and_stay_on_their_day(at: list[float]) -> None:
    numbers = np.sort(np.array(at))
    moments = THREE_YEARS.moments(numbers)
    assert (np.diff(moments) >= np.timedelta64(0)).all()
    assert (moments.astype("datetime64[D]") == THREE_YEARS.days(numbers)).all()


@given(st.floats(0, THREE_YEARS.all_days))
def test_the_clock_of_business_runs_both_ways(at: float) -> None:
    there = THREE_YEARS.business_by(np.array([at]))
    assert THREE_YEARS.moment_of(there)[0] == pytest.approx(at, abs=1e-6)


def test_a_year_has_as_much_business_as_days() -> None:
    year = THREE_YEARS.business_by(np.array([0.0, 365.0]))
    assert year[1] - year[0] == pytest.approx(365, rel=0.01)


def test_never_has_no_moment() -> None:
    assert np.isnat(THREE_YEARS.moments(np.array([np.nan]))).all()


@pytest.mark.parametrize(
    ("years", "today", "message"),
    [(0.1, None, "at least 0.25 years"), (1, date(2024, 12, 31), "not between 2025-01-01 and 2026-12-31")],
)
def test_impossible_calendars_are_refused(years: float, today: date | None, message: str) -> None:
    with pytest.raises(EvergreenError, match=message):
        Calendar.of(years, today=today)

"""Known today + what is revealed up to a later day = known on that day, for any history of changes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evergreen.simulator import columns
from evergreen.simulator.arrays import Ints, Moments, by_then
from evergreen.simulator.columns import Columns
from evergreen.simulator.timeline import Timeline

_HOURS = st.one_of(st.none(), st.integers(0, 40 * 24))
_ROWS = st.lists(st.tuples(st.integers(0, 40 * 24), _HOURS, _HOURS), min_size=1, max_size=12)


def _timeline(rows: list[tuple[int, int | None, int | None]]) -> Timeline:
    start = np.datetime64("2025-01-01", "s")
    hours = np.array([[np.nan if hour is None else hour for hour in row] for row in rows], dtype=float)
    changes = np.where(np.isnan(hours), np.datetime64("NaT"), start + np.nan_to_num(hours).astype("m8[h]"))

    def state(at: Ints, moment: Moments) -> Columns:
        return {
            "key": columns.whole(at),
            "paid_at": columns.moment(by_then(changes[at, 1], moment)),
            "closed_at": columns.moment(by_then(changes[at, 2], moment)),
        }

    return Timeline(changes, state)


def _rows(found: Columns | None) -> list[dict[str, object]]:
    return columns.table(found).to_pylist() if found else []


def _day(number: int) -> np.datetime64:
    return np.datetime64("2025-01-01", "s") + np.timedelta64(number, "D")


@given(_ROWS, st.integers(0, 41), st.integers(0, 41))
def test_revealing_equals_looking_later(
    rows: list[tuple[int, int | None, int | None]], one: int, other: int
) -> None:
    today, later = sorted((one, other))
    timeline = _timeline(rows)
    known = {row["key"]: row for row in _rows(timeline.known_at(_day(today)))}
    for version in _rows(timeline.coming_after(_day(today))):
        if np.datetime64(version["updated_at"]) < _day(later):  # type: ignore[arg-type]
            known[version["key"]] = version
    assert known == {row["key"]: row for row in _rows(timeline.known_at(_day(later)))}


def test_of_several_changes_on_a_day_the_last_is_told() -> None:
    timeline = _timeline([(1, 2, 30)])
    versions = _rows(timeline.coming_after(_day(0)))
    assert [str(version["updated_at"]) for version in versions] == [
        "2025-01-01 02:00:00",
        "2025-01-02 06:00:00",
    ]
    assert len(_rows(timeline.known_by_month(_day(31)))) == 1


def test_what_precedes_the_creation_is_no_change() -> None:
    timeline = _timeline([(48, 24, None)])
    assert len(_rows(timeline.coming_after(_day(0)))) == 1
    assert timeline.known_at(_day(2)) is None

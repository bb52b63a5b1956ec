"""From orders to histories: days merged, repeat values averaged, holdout counted."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from evergreen.errors import EvergreenError
from evergreen.valuation.customers import Customers
from evergreen.valuation.history import History
from evergreen.valuation.occasions import Occasions

#        customer, day, value
ORDERS = [
    ("b", 10, 5.0),
    ("b", 10, 7.0),  # the same day: one occasion of 12
    ("a", 3, 100.0),
    ("a", 17, 20.0),
    ("a", 24, -20.0),  # an occasion without positive value
    ("a", 31, 40.0),
    ("a", 80, 60.0),  # after the calibration period
    ("c", 50, 1.0),
    ("d", 60, 9.0),
    ("d", 90, 9.0),
]


def occasions() -> Occasions:
    customer, day, value = zip(*ORDERS[::-1], strict=True)
    return Occasions.of(np.array(customer), np.array(day), np.array(value))


def test_occasions_are_customer_days_with_their_values_added() -> None:
    merged = occasions()
    assert len(merged.day) == 9
    assert_array_equal(merged.customer, ["a"] * 5 + ["b", "c", "d", "d"])
    assert_array_equal(merged.day, [3, 17, 24, 31, 80, 10, 50, 60, 90])
    assert merged.value[5] == 12.0


def test_customers_at_the_end_of_a_day() -> None:
    known = Customers.at(occasions(), 59, days_per_unit=7.0)
    assert_array_equal(known.customer, ["a", "b", "c"])
    assert_array_equal(known.history.frequency, [3, 0, 0])
    assert_allclose(known.history.recency, [4.0, 0.0, 0.0])
    assert_allclose(known.history.age, [8.0, 7.0, 9.0 / 7.0])
    assert_array_equal(known.valued_orders, [2, 0, 0])
    assert_allclose(known.mean_value, [30.0, np.nan, np.nan])
    assert_allclose(known.valued_share, [2.0 / 3.0, 1.0, 1.0])


def test_orders_of_the_holdout_count_known_customers_only() -> None:
    assert_array_equal(occasions().count_between(np.array(["a", "b", "c"]), 59, 90), [1, 0, 0])
    assert_array_equal(occasions().count_between(np.array(["a", "b", "c", "d"]), 59, 89), [1, 0, 0, 1])
    assert_array_equal(occasions().count_between(np.array(["a", "b", "c", "d"]), 60, 90), [1, 0, 0, 1])
    assert_array_equal(occasions().count_between(np.array([], dtype="<U1"), 59, 89), [])


def test_dates_may_be_dates() -> None:
    day = np.array(["1997-01-01", "1997-01-18"], dtype="datetime64[D]")
    merged = Occasions.of([4, 4], day)
    assert merged.day[1] - merged.day[0] == 17
    assert np.isnan(merged.value).all()


def test_no_orders_are_no_customers() -> None:
    nothing = Occasions.of(np.array([], dtype=int), np.array([], dtype=int))
    assert len(Customers.at(nothing, 10).history) == 0


def test_bad_arrays_are_refused() -> None:
    with pytest.raises(EvergreenError, match="differ in length"):
        Occasions.of([1, 2], [3])
    history = History.of([2, 0], [5, 0], [9, 9])
    with pytest.raises(EvergreenError, match=r"Customer y \(row 1.*positive value"):
        Customers.of(["x", "y"], history, [2, 1], [10.0, 10.0])
    with pytest.raises(EvergreenError, match=r"Customer x .*positive value"):
        Customers.of(["x", "y"], history, [2, 0], [-1.0, np.nan])
    with pytest.raises(EvergreenError, match="one row per customer"):
        Customers.of(["x"], history, [2, 0], [1.0, np.nan])


def test_distinct_histories_differ_in_something() -> None:
    history = History.of([1, 2, 1, 1, 1], [3, 3, 3, 3, 2], [9, 9, 9, 8, 9], count=[1, 1, 5, 1, 1])
    distinct, place = history.distinct()
    assert len(distinct) == 4
    assert_array_equal(distinct.count[place], [6, 1, 6, 1, 1])
    for name in ("frequency", "recency", "age"):
        assert_array_equal(getattr(distinct, name)[place], getattr(history, name))
    ages, place = history.distinct_ages()
    assert len(ages) == 3
    assert_array_equal(ages.count[place], [7, 1, 7, 1, 7])
    assert_array_equal(ages.frequency[place], history.frequency)
    assert_array_equal(ages.age[place], history.age)
    assert_array_equal(ages.frequency, np.sort(ages.frequency))


def test_a_thinned_base_keeps_its_shape() -> None:
    rng = np.random.default_rng(61)
    frequency = np.sort(rng.poisson(2.0, 5000)).astype(float)
    history = History.of(frequency, np.where(frequency > 0, 5.0, 0.0), np.full(5000, 10.0))
    sample = history.thinned(500)
    assert sample.customers == 500
    assert np.average(sample.frequency, weights=sample.count) == pytest.approx(frequency.mean(), abs=0.02)
    assert history.thinned(5000) is history
    heavy = History.of([0, 1, 1], [0, 1, 2], [9, 9, 9], count=[1000, 1, 1]).thinned(2)
    assert_array_equal(heavy.frequency, [0])
    assert_array_equal(heavy.count, [2])

"""From order days to purchase histories: occasions are customer-days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evergreen.errors import EvergreenError
from evergreen.valuation.arrays import Array, Floats, Ints, floats


@dataclass(frozen=True)
class Occasions:
    """Customer-days with an order, sorted: customer (n,), day (n,) as whole numbers, value (n,)."""

    customer: Array
    day: Ints
    value: Floats

    @classmethod
    def of(cls, customer: ArrayLike, day: ArrayLike, value: ArrayLike | None = None) -> Occasions:
        """Merge orders (n,) of one customer on one day; their values are added. Any order of rows.

        `day` is a whole number of days or datetime64. Without values they are NaN.
        """
        owner = np.atleast_1d(np.asarray(customer))
        days = np.atleast_1d(np.asarray(day))
        if np.issubdtype(days.dtype, np.datetime64):
            days = days.astype("datetime64[D]").astype(np.int64)
        amounts = np.full(len(owner), np.nan) if value is None else floats(value)
        if not len(owner) == len(days) == len(amounts):
            raise EvergreenError("customer, day and value differ in length: give one row per order")
        order = np.lexsort((amounts, days, owner))
        owner, days, amounts = owner[order], days[order].astype(np.int64), amounts[order]
        is_new = np.ones(len(owner), dtype=bool)
        is_new[1:] = (owner[1:] != owner[:-1]) | (days[1:] != days[:-1])
        first = np.flatnonzero(is_new)
        total = np.add.reduceat(amounts, first) if len(first) else amounts
        return cls(owner[first], days[first], total)

    def until(self, last_day: int) -> Occasions:
        """Return the occasions up to the end of a day."""
        rows = self.day <= last_day
        return Occasions(self.customer[rows], self.day[rows], self.value[rows])

    def count_between(self, customers: Array, after: int, last_day: int) -> Floats:
        """Return the occasions (m,) of sorted customers (m,), after one day and up to the end of another."""
        rows = (self.day > after) & (self.day <= last_day)
        buyers = self.customer[rows][np.isin(self.customer[rows], customers)]
        place = np.searchsorted(customers, buyers)
        return np.bincount(place, minlength=len(customers)).astype(np.float64)

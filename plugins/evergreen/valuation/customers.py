"""What is known of each customer of a base, in the form in which predictions are made from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evergreen.errors import EvergreenError
from evergreen.valuation.arrays import Array, Floats, Rows, floats
from evergreen.valuation.history import History
from evergreen.valuation.occasions import Occasions


@dataclass(frozen=True)
class Customers:
    """One row per customer (n rows), in any order.

    valued_orders (n,): repeat occasions of positive value; mean_value (n,): their mean value in money, not
    read where there are none.
    """

    customer: Array
    history: History
    valued_orders: Floats
    mean_value: Floats

    @classmethod
    def of(
        cls, customer: ArrayLike, history: History, valued_orders: ArrayLike, mean_value: ArrayLike
    ) -> Customers:
        """Check the arrays and put them together; raise EvergreenError that names the first bad row."""
        names, orders, mean = np.atleast_1d(np.asarray(customer)), floats(valued_orders), floats(mean_value)
        if not len(names) == len(history) == len(orders) == len(mean):
            raise EvergreenError(
                f"customer, history, valued_orders and mean_value have {len(names)}, {len(history)}, "
                f"{len(orders)} and {len(mean)} rows: give one row per customer"
            )
        bad = ~((orders >= 0) & (orders <= history.frequency) & ((orders == 0) | (mean > 0)))
        if bad.any():
            row = int(np.argmax(bad))
            raise EvergreenError(
                f"Customer {names[row]} (row {row}, counted from 0): {orders[row]:g} valued orders with mean "
                f"value {mean[row]:g} among {history.frequency[row]:g} repeat occasions: "
                "give only occasions of positive value"
            )
        return cls(names, history, orders, mean)

    @classmethod
    def at(cls, occasions: Occasions, last_day: int, days_per_unit: float = 7.0) -> Customers:
        """Summarise the occasions up to the end of a day, by customer; times in units of so many days."""
        past = occasions.until(last_day)
        customer, first, number = np.unique(past.customer, return_index=True, return_counts=True)
        owner = np.repeat(np.arange(len(customer)), number)
        start, end = past.day[first], past.day[first + number - 1]
        history = History.of(number - 1, (end - start) / days_per_unit, (last_day - start) / days_per_unit)
        is_valued = past.value > 0
        is_valued[first] = False
        valued = np.bincount(owner[is_valued], minlength=len(customer)).astype(np.float64)
        total = np.bincount(owner[is_valued], weights=past.value[is_valued], minlength=len(customer))
        mean = np.divide(total, valued, out=np.full(len(customer), np.nan), where=valued > 0)
        return cls(customer, history, valued, mean)

    def __getitem__(self, rows: Rows) -> Customers:
        return Customers(
            self.customer[rows], self.history[rows], self.valued_orders[rows], self.mean_value[rows]
        )

    @property
    def valued_share(self) -> Floats:
        """Share (n,) of the repeat occasions that have a positive value; 1 without repeat occasions."""
        repeats = self.history.frequency
        return np.divide(self.valued_orders, repeats, out=np.ones(len(repeats)), where=repeats > 0)

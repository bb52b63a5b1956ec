"""Purchase histories: what the models know of a customer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from evergreen.errors import EvergreenError
from evergreen.valuation.arrays import Distinct, Floats, Ints, Rows, floats


@dataclass(frozen=True)
class History:
    """Rows of purchase histories, each standing for `count` customers.

    frequency (n,): occasions after the first; recency (n,): time from the first to the last occasion;
    age (n,): time from the first occasion to now; count (n,): customers. All times in one unit.
    """

    frequency: Floats
    recency: Floats
    age: Floats
    count: Floats

    @classmethod
    def of(
        cls, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, count: ArrayLike | None = None
    ) -> History:
        """Check the arrays (n,) and put them together; raise EvergreenError that names the first bad row."""
        x, t_x, t = floats(frequency), floats(recency), floats(age)
        number = np.ones(len(x)) if count is None else floats(count)
        if not len(x) == len(t_x) == len(t) == len(number):
            raise EvergreenError(
                f"frequency, recency, age and count have {len(x)}, {len(t_x)}, {len(t)} and {len(number)} "
                "rows: give one row per history"
            )
        finite = np.isfinite(x) & np.isfinite(t_x) & np.isfinite(t) & np.isfinite(number)
        _refuse(~finite, "a value is missing or infinite", x, t_x, t)
        _refuse((x < 0) | (x != np.floor(x)), "frequency is no whole number from 0 on", x, t_x, t)
        _refuse((t_x < 0) | (t_x > t), "recency lies outside 0 … age", x, t_x, t)
        _refuse((x == 0) & (t_x > 0), "recency is above 0 without a repeat occasion", x, t_x, t)
        _refuse(number <= 0, "count is not above 0", x, t_x, t)
        return cls(x, t_x, t, number)

    def __len__(self) -> int:
        return len(self.frequency)

    def __getitem__(self, rows: Rows) -> History:
        return History(self.frequency[rows], self.recency[rows], self.age[rows], self.count[rows])

    @property
    def customers(self) -> float:
        """Customers in all rows."""
        return float(self.count.sum())

    @property
    def repeaters(self) -> float:
        """Customers with a repeat occasion."""
        return float(self.count[self.frequency > 0].sum())

    @property
    def mean_age(self) -> float:
        """Mean age of the customers."""
        return float(np.average(self.age, weights=self.count))

    def distinct(self) -> tuple[History, Ints]:
        """Return the distinct histories, sorted, with their customers counted, and each row's place there.

        `values_of_distinct[place]` brings results back to the rows (n,).
        """
        return self._merged((self.recency, self.age, self.frequency))

    def distinct_ages(self) -> tuple[History, Ints]:
        """Return the distinct (frequency, age), and each row's place there; recency is any of theirs."""
        return self._merged((self.age, self.frequency))

    def _merged(self, keys: tuple[Floats, ...]) -> tuple[History, Ints]:
        order = np.lexsort(keys)
        is_new = np.zeros(len(order), dtype=bool)
        is_new[:1] = True
        for key in keys:
            is_new[1:] |= np.diff(key[order]) != 0
        group = np.cumsum(is_new) - 1
        place = np.empty(len(order), dtype=np.int64)
        place[order] = group
        count = np.bincount(group, weights=self.count[order]).astype(np.float64)
        first = order[is_new]
        return History(self.frequency[first], self.recency[first], self.age[first], count), place

    def thinned(self, rows: int) -> History:
        """Return at most so many rows, taken at even distances of customers: a sample without chance.

        Sorted histories make it a stratified one. Counts are 1, or more where a row is drawn again.
        """
        if len(self) <= rows:
            return self
        total = self.customers
        marks = (np.arange(rows) + 0.5) * (total / rows)
        drawn = np.searchsorted(np.cumsum(self.count), marks)
        taken, times = np.unique(np.minimum(drawn, len(self) - 1), return_counts=True)
        return History(self.frequency[taken], self.recency[taken], self.age[taken], times.astype(np.float64))

    @cached_property
    def distinct_frequencies(self) -> Distinct:
        """The distinct frequencies."""
        return Distinct.of(self.frequency)

    def by_frequency(self, function: Callable[[Floats], Floats]) -> Floats:
        """Evaluate a function of frequency alone once per distinct frequency; (n,)."""
        return self.distinct_frequencies.map(function)


def _refuse(bad: np.ndarray, why: str, x: Floats, t_x: Floats, t: Floats) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise EvergreenError(
            f"Purchase history {row} (counted from 0): frequency {x[row]:g}, recency {t_x[row]:g}, "
            f"age {t[row]:g}: {why}"
        )

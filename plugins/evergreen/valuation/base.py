"""What is known of a base of customers: as they are now, and as they were before the part that judges."""

from __future__ import annotations

from dataclasses import dataclass

from evergreen.valuation.arrays import Floats, Ints
from evergreen.valuation.customers import Customers


@dataclass(frozen=True)
class Holdout:
    """Customers (n) as they were at the end of the calibration period, and what they did after it.

    signals (n, k): 1 where a customer showed a sign of dissatisfaction then, else 0; orders (n,): occasions
    in the holdout; wait (n,): time until the first of them, infinite without any; length: of the holdout;
    segment (n,): as in Base.
    """

    customers: Customers
    signals: Floats
    orders: Floats
    wait: Floats
    length: float
    segment: Ints | None = None

    def within(self, horizon: float) -> float:
        """Return how much of a horizon that begins with the holdout can be judged."""
        return min(horizon, self.length)


@dataclass(frozen=True)
class Base:
    """All customers (n) as they are now, their signals (n, k), and the holdout; None where there is none.

    segment (n,): the number of each customer's segment, from 1, or segments.UNKNOWN; None where there are no
    segments. segment_names: that of number 1 comes first.
    """

    now: Customers
    signals: Floats
    holdout: Holdout | None
    segment: Ints | None = None
    segment_names: tuple[str, ...] = ()

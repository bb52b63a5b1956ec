"""What is known of a base of customers: as they are now, and as they were before the part that judges."""

from __future__ import annotations

from dataclasses import dataclass

from evergreen.valuation.arrays import Floats
from evergreen.valuation.customers import Customers


@dataclass(frozen=True)
class Holdout:
    """Customers (n) as they were at the end of the calibration period, and what they did after it.

    signals (n, k): 1 where a customer showed a sign of dissatisfaction then, else 0; orders (n,): occasions
    in the holdout; wait (n,): time until the first of them, infinite without any; length: of the holdout.
    """

    customers: Customers
    signals: Floats
    orders: Floats
    wait: Floats
    length: float


@dataclass(frozen=True)
class Base:
    """All customers (n) as they are now, their signals (n, k), and the holdout; None where there is none."""

    now: Customers
    signals: Floats
    holdout: Holdout | None

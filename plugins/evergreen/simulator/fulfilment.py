"""What becomes of an order: channel, payment or cancellation, delivery, defects, questions, complaints."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from evergreen.simulator.arrays import Flags, Floats, Ints

SALES_CHANNELS = ("web", "phone", "store")
STORE = SALES_CHANNELS.index("store")

CANCELLED_SHARE = 0.025
_LATE_SHARE = {1: 0.07, 2: 0.07, 3: 0.07, 4: 0.15}  # by quarter of the year
_PROMISED_BY = 20 / 24  # in the evening
_DEFECT_SHARE = 0.03
_ASK_SHARE, _ASK_SETTLED_SHARE = 0.07, 0.85
_COMPLAIN_ANYWAY, _COMPLAIN_IF_LATE, _COMPLAIN_IF_DEFECT = 0.004, 0.20, 0.30
_SETTLED_SHARE = 0.6


@dataclass
class Purchases:
    """Orders of known customers as they happened; arrays of shape (orders,), in order of time.

    `promise_days` counts from the start of the day of the order, `late_days` from the promise; it is 0 where
    the promise was kept or none was made.
    """

    customer: Ints
    at: Floats
    opens_life: Flags
    sales_channel: Ints
    is_cancelled: Flags
    promise_days: Floats  # NaN in the store: taken along
    late_days: Floats
    is_defective: Flags
    asked: Flags
    complained: Flags
    is_settled: Flags  # the complaint, else the question, was dealt with well

    def __len__(self) -> int:
        return len(self.customer)

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """Return the purchases of all parts, one after the other."""
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})


def fulfil(
    random: np.random.Generator, season: int, customer: Ints, at: Floats, opens_life: Flags
) -> Purchases:
    """Decide what becomes of a quarter's orders; the order that opens a life is never cancelled.

    `season` is the quarter of the year: the last one is hectic.
    """
    n = len(at)
    sales_channel = random.choice(len(SALES_CHANNELS), n, p=(0.72, 0.13, 0.15))
    in_store = sales_channel == STORE
    is_cancelled = (random.random(n) < CANCELLED_SHARE) & ~opens_life & ~in_store
    is_late = (random.random(n) < _LATE_SHARE[season]) & ~in_store & ~is_cancelled
    is_defective = (random.random(n) < _DEFECT_SHARE) & ~is_cancelled
    complain = _COMPLAIN_ANYWAY + _COMPLAIN_IF_LATE * is_late + _COMPLAIN_IF_DEFECT * is_defective
    complained = (random.random(n) < complain) & ~is_cancelled
    asked = random.random(n) < _ASK_SHARE
    settled = np.where(complained, _SETTLED_SHARE, _ASK_SETTLED_SHARE)
    return Purchases(
        customer=customer,
        at=at,
        opens_life=opens_life,
        sales_channel=sales_channel,
        is_cancelled=is_cancelled,
        promise_days=np.where(in_store, np.nan, random.integers(2, 6, n) + _PROMISED_BY),
        late_days=np.where(is_late, 0.7 + random.exponential(3, n), 0.0),
        is_defective=is_defective,
        asked=asked,
        complained=complained,
        is_settled=random.random(n) < settled,
    )

"""What customers feel: perceptions of every attribute, and satisfaction, quarter by quarter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.simulator import drivers
from evergreen.simulator.arrays import Floats, Ints, Singles
from evergreen.simulator.calendar import Calendar
from evergreen.simulator.customers import Customers
from evergreen.simulator.fulfilment import Purchases
from evergreen.simulator.presets import Preset
from evergreen.simulator.world import World

_ATTITUDE, _EXPECTATION = 0.55, drivers.PATHS["expectations", "quality"] * 0.75
_LASTING, _PASSING, _MOOD = 0.45, 0.35, 0.25


@dataclass
class Experiences:
    """Latents on scales of about unit spread.

    perceptions: (customers, quarters, attributes); value, satisfaction: (customers, quarters).
    """

    perceptions: Singles
    value: Singles
    satisfaction: Singles
    expectations: Floats
    shifts: Floats  # (customers, quarters)
    _lasting: Floats
    _left_over: Floats

    @classmethod
    def begin(cls, random: np.random.Generator, world: World, customers: Customers) -> Experiences:
        """Return what customers feel before anything happened to them."""
        n, attributes = len(customers), len(drivers.ATTRIBUTES)
        quarters = world.calendar.count_quarters
        common = _ATTITUDE * customers.attitude + _EXPECTATION * customers.expectations
        return cls(
            perceptions=np.zeros((n, quarters, attributes), dtype=np.float32),
            value=np.zeros((n, quarters), dtype=np.float32),
            satisfaction=np.zeros((n, quarters), dtype=np.float32),
            expectations=customers.expectations,
            shifts=_shifts(world.calendar, world.preset, customers),
            _lasting=common[:, None] + _LASTING * random.standard_normal((n, attributes)),
            _left_over=np.zeros((n, attributes)),
        )

    def pass_quarter(self, random: np.random.Generator, quarter: int, bought: Purchases) -> None:
        """Feel the quarter: what is left of earlier ones, what happened, and what the shop as a whole did."""
        n, attributes = self._lasting.shape
        happened = _happened(bought, n)
        passing = _MOOD * random.standard_normal((n, 1)) + _PASSING * random.standard_normal((n, attributes))
        felt = self._lasting + drivers.LEFT_OVER * self._left_over + happened + passing
        felt += self.shifts[:, quarter, None]
        self._left_over = drivers.LEFT_OVER * self._left_over + happened
        quality = drivers.quality_of(felt)
        doubts = random.standard_normal((2, n))
        value = drivers.value_of(quality, self.expectations, doubts[0])
        satisfaction = drivers.satisfaction_of(quality, value, self.expectations, doubts[1])
        self.perceptions[:, quarter] = felt
        self.value[:, quarter] = value
        self.satisfaction[:, quarter] = satisfaction


def _shifts(calendar: Calendar, preset: Preset, customers: Customers) -> Floats:
    """Return the preset's movements by group, shape (customers, quarters)."""
    shifts = np.zeros((len(customers), calendar.count_quarters))
    for shift in preset.shifts:
        quarter = calendar.quarters - 1 - shift.quarters_before_end
        if quarter >= 0:
            shifts[:, quarter] += np.where(customers.is_high_value, shift.high_value, shift.others)
    return shifts


def _happened(bought: Purchases, customers: int) -> Floats:
    """Return the effect of the quarter's events on perceptions, shape (customers, attributes).

    Deliveries count by the share of orders that went wrong, so that heavy buyers do not suffer more;
    complaints and questions count once.
    """

    def touched(who: Ints) -> Floats:
        return np.bincount(who, minlength=customers).astype(np.float64)

    orders = np.maximum(touched(bought.customer), 1)
    events = (
        (touched(bought.customer[bought.late_days > 0]) / orders, drivers.LATE_DELIVERY),
        (touched(bought.customer[bought.is_defective]) / orders, drivers.DEFECT),
        (touched(bought.customer[bought.complained & bought.is_settled]) > 0, drivers.COMPLAINT_SETTLED),
        (touched(bought.customer[bought.complained & ~bought.is_settled]) > 0, drivers.COMPLAINT_NEGLECTED),
        (touched(bought.customer[bought.asked & ~bought.is_settled]) > 0, drivers.SLOW_ANSWER),
    )
    shares: Floats = np.stack([share for share, _ in events], axis=1).astype(np.float64)
    effects: Floats = np.stack([effect for _, effect in events])
    felt: Floats = shares @ effects
    return felt

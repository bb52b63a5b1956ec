"""What all customers of a shop share, and the numbers it gives away."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from evergreen.simulator.arrays import Floats, Ints
from evergreen.simulator.calendar import Calendar
from evergreen.simulator.campaigns import Programme
from evergreen.simulator.instruments import Item
from evergreen.simulator.presets import Preset
from evergreen.simulator.products import Products


@dataclass
class World:
    """A shop before its customers; `size` is the number of customers at the end of the history."""

    calendar: Calendar
    preset: Preset
    size: int
    programme: Programme
    products: Products
    staff: Ints  # role of each employee
    hired: Floats  # when, in days; negative: before the opening
    items: tuple[Item, ...]
    _given: dict[str, int] = field(default_factory=dict)

    def numbers(self, of: str, count: int) -> Ints:
        """Return the next `count` numbers of a kind, such as orders; the first ever is 1."""
        first = self._given.get(of, 0) + 1
        self._given[of] = first + count - 1
        return np.arange(first, first + count)

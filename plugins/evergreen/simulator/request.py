"""What is asked of the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from evergreen.errors import EvergreenError
from evergreen.simulator.calendar import Calendar
from evergreen.simulator.presets import preset_named

CUSTOMERS, YEARS, PRESET, SEED = 2_000, 3.0, "reference", 1


@dataclass(frozen=True)
class Request:
    """What is asked for: same request, same data."""

    customers: int = CUSTOMERS
    years: float = YEARS
    preset: str = PRESET
    seed: int = SEED
    today: date | None = None

    def calendar(self) -> Calendar:
        """Return the calendar of the request.

        Raises:
            EvergreenError: the request asks for something that cannot be simulated.
        """
        if self.customers < 10:
            raise EvergreenError(f"{self.customers} customers are too few for a shop: ask for at least 10")
        seasonality = preset_named(self.preset).seasonality
        return Calendar.of(self.years, today=self.today, seasonality=seasonality)

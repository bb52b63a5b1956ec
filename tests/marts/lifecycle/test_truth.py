"""How well stages tell who has really left, against the simulator's truth."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from evergreen.simulator.shop import simulate_to_folder
from evergreen.warehouse.connections import Warehouse
from marts.lifecycle.house import House
from marts.lifecycle.lives import Life
from marts.lifecycle.simulated import TrueLife, observed, true

ALARMED = {"danger", "termination", "interruption"}
GIVEN_UP = {"termination", "interruption"}

StageOf = Callable[[str, date], str | None]


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["reference", "cdnow_like"])
def test_stages_tell_who_has_left(
    preset: str, warehouse: Warehouse, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    shop = tmp_path / "shop"
    simulate_to_folder(shop, customers=3_000, years=3, seed=3, preset=preset)
    everybody, truth = observed(shop), true(shop)
    last = max(order.at for life in everybody for order in life.orders).date()
    house = House(warehouse, tmp_path / "dbt")
    house.prepare()
    house.build(everybody, last)

    stages = measure(truth, by_lifecycle(house), last)
    fixed = measure(truth, by_days(everybody, 30, 90, 180), last)
    record_property("stages", str(stages))
    record_property("by 30, 90 and 180 days", str(fixed))
    print(f"{preset}: {stages}; by 30, 90 and 180 days: {fixed}")

    if preset == "reference":
        assert stages.detected >= 0.85
        assert stages.given_up <= 0.10
        # Alarm for alarm: of both by the same stages. Fixed days alarm nearly everybody, so they miss nobody.
        assert stages.detected - stages.alarmed > fixed.detected - fixed.alarmed


class Measured(NamedTuple):
    """Shares of dropouts told within two true intervals, of the active in danger or later, and later."""

    detected: float
    alarmed: float
    given_up: float


def measure(truth: list[TrueLife], stage_of: StageOf, last: date) -> Measured:
    """Hold stages against true lives. Who came back within the two intervals counts in no share."""
    lives: dict[str, list[TrueLife]] = defaultdict(list)
    for life in truth:
        lives[life.customer_id].append(life)
    gone, active = [], []
    for life in truth:
        if life.dropped_out_at is None or life.dropped_out_at.date() > last:
            if life.began_at.date() <= last:
                active.append(stage_of(life.customer_id, last))
            continue
        end = life.dropped_out_at + 2 * life.interval
        is_back = any(life.dropped_out_at < other.began_at <= end for other in lives[life.customer_id])
        if end.date() <= last and not is_back:
            gone.append(stage_of(life.customer_id, end.date()))
    assert min(len(gone), len(active)) > 100
    return Measured(share(gone, ALARMED), share(active, ALARMED), share(active, GIVEN_UP))


def share(stages: list[str | None], among: set[str]) -> float:
    """Return the share of stages that are among some."""
    return round(sum(stage in among for stage in stages) / len(stages), 4)


def by_lifecycle(house: House) -> StageOf:
    """Return what the history says of a customer's day."""
    spells: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for customer, since, stage in house.query(
        "select customer_id, valid_from, stage from customer_lifecycle_history order by 1, 2"
    ):
        spells[customer].append((since, stage))

    def stage_of(customer: str, day: date) -> str | None:
        before = bisect_right(spells[customer], day, key=lambda spell: spell[0])
        return spells[customer][before - 1][1] if before else None

    return stage_of


def by_days(everybody: list[Life], *limits: int) -> StageOf:
    """Return what fixed days of silence say: above the first limit danger, then termination, interruption."""
    ordered = {life.customer_id: sorted(order.at.date() for order in life.orders) for life in everybody}
    stages = ["active", "danger", "termination", "interruption"]

    def stage_of(customer: str, day: date) -> str | None:
        before = bisect_right(ordered[customer], day)
        if not before:
            return None
        silence = day - ordered[customer][before - 1]
        return stages[sum(silence > timedelta(days=limit) for limit in limits)]

    return stage_of

"""Two hundred days, each with its delivery, on many of them a fault: the books close every evening, and
neither time nor disk per day creeps up.

EVERGREEN_SOAK_DAYS says how many days, EVERGREEN_SOAK_SEED which faults.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from pathlib import Path

import pytest

from evergreen.orchestration import history
from evergreen.publishing.cleaning import clean_releases
from faults import pipeline
from faults.conftest import fragile_home
from faults.house import House
from faults.injection import COMMITTED, KINDS, MISSED, PHASES, Fault

DAYS = int(os.environ.get("EVERGREEN_SOAK_DAYS", "200"))
SEED = int(os.environ.get("EVERGREEN_SOAK_SEED", "1"))
ROWS = 400
FAULTS = [Fault(phase, kind) for phase in PHASES for kind in KINDS] + [
    Fault(phase, kind, committed=True) for phase in COMMITTED for kind in ("process", "server")
]
LEDGER = """
select
    count(*) filter (where finished_at is null),
    bool_and(
        status = 'lost'
        or received_rows = promoted_rows + unchanged_rows + quarantined_rows + rejected_rows
    ),
    sum(promoted_rows) filter (where status = 'promoted')
from audit.load_batches
"""

__all__ = ["fragile_home"]


@pytest.mark.slow
def test_two_hundred_days(fragile_home: Path, tmp_path: Path) -> None:
    house = House(fragile_home, tmp_path)
    chance = random.Random(SEED)
    seconds, sizes = [], []
    for day in range(1, DAYS + 1):
        pipeline.deliver(tmp_path, day, ROWS)
        if chance.random() < 1 / 3:
            assert house.run(chance.choice(FAULTS)) != MISSED
        assert house.rows("select 1")  # a server that was killed comes back before the clock runs
        began = time.monotonic()
        assert house.run() == 0
        seconds.append(time.monotonic() - began)
        assert house.rows(LEDGER) == [(0, True, day * ROWS)]
        assert house.rows("select sales from marts.totals") == [(day * ROWS,)]
        if day % history.UPKEEP_EVERY == 0:
            clean_releases(house.warehouse)
            history.forget_changes(house.warehouse)
        sizes.append(int(house.rows("select pg_database_size(current_database())")[0][0]))
    report(seconds, sizes)
    third = DAYS // 3
    # the quickest day of each: the others had to share the machine
    assert min(seconds[-third:]) < 2 * min(seconds[third : 2 * third])
    grown = sizes[2 * third] - sizes[third], sizes[-1] - sizes[-third]
    assert grown[1] < 1.5 * max(grown[0], third * ROWS * 200)


def report(seconds: list[float], sizes: list[int]) -> None:
    """Print a line for each tenth of the days: what pytest shows with -s, or where the test fails."""
    step = max(1, DAYS // 10)
    for at in range(0, DAYS - step + 1, step):
        median, size = statistics.median(seconds[at : at + step]), sizes[at + step - 1] / 1e6
        print(f"days {at + 1}-{at + step}: {median:.2f} s a day, {size:.1f} MB")

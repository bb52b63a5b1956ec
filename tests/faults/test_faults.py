"""Whatever strikes a run, and wherever: readers see a whole release, and the next run ends as if nothing had
happened."""

from __future__ import annotations

import signal

import pytest

from faults import pipeline
from faults.house import House
from faults.injection import KINDS, MISSED, PHASES, Fault

IN_THE_MIDDLE = [Fault(phase, kind) for phase in PHASES for kind in KINDS]
COMMITTED = [Fault(phase, kind, committed=True) for phase in PHASES for kind in ("process", "server")]


@pytest.mark.parametrize("fault", [*IN_THE_MIDDLE, *COMMITTED], ids=str)
def test_the_next_run_ends_as_if_nothing_had_happened(house: House, fault: Fault) -> None:
    exit_code = house.run(fault)
    assert (exit_code == -signal.SIGKILL) == (fault.kind == "process")
    assert exit_code != MISSED
    assert exit_code != 0 or fault.committed

    after = house.seen()[1:]
    whole = [house.first_day[1:], house.second_day[1:]]
    # nothing is released before the end; only a server that died between two steps is started by the next one
    assert after in (whole if fault.committed else whole[:1])

    assert house.run() == 0
    house.assert_as_undisturbed()


def test_two_runs_at_once_end_as_one(house: House) -> None:
    processes = [pipeline.start(house.home, house.folder) for _ in range(3)]
    for process in processes:
        process.join(120)
    # a build that another one overtook says so, and the other takes everything in
    assert 0 in [process.exitcode for process in processes]
    assert house.run() == 0
    house.assert_as_undisturbed()


@pytest.mark.parametrize("phase", ["promotion", "release"])
def test_a_run_that_dies_while_another_waits_for_it(house: House, phase: str) -> None:
    dying = pipeline.start(house.home, house.folder, Fault(phase, "process"))
    other = pipeline.start(house.home, house.folder)
    for process in (dying, other):
        process.join(120)
    assert house.run() == 0
    house.assert_as_undisturbed()

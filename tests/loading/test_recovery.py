"""A load that is cut off anywhere goes on where it was, and ends as if nothing had happened."""

import threading
from collections.abc import Callable

import psycopg
import pytest

from evergreen.errors import EvergreenError
from evergreen.loading import gate, landing, promotion, typed_rows
from loading.mill import Mill

HEADER = "Order,Quantity,Price,Sold,Customer"


class Killed(BaseException):
    """Stands for the end of a process: nothing of ours catches it."""


def kill(*_: object, **__: object) -> None:
    raise Killed


def deliver(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,C1", "A2,2,3,,", "A2,2,3,,")
    mill.deliver("2026-01-02.csv", HEADER, "B1,1,3,,C1")


def test_a_load_goes_on_after_each_step(mill: Mill) -> None:
    deliver(mill)
    for _ in range(2):
        mill.land()
    for _ in range(2):
        mill.gate()
    mill.deliver("2026-01-03.csv", HEADER, "C1,1,3,,")
    mill.land()
    assert mill.rows("select status from audit.load_batches order by batch_id") == [
        ("gated",),
        ("gated",),
        ("landed",),
    ]

    assert mill.promote().batches == 2
    assert mill.value("select count(*) from landing.mill__lines") == 1
    assert mill.promote().batches == 0
    mill.gate()
    assert mill.promote().batches == 1
    assert mill.current() == [("A1", 1), ("A2", 2), ("B1", 1), ("C1", 1)]
    assert mill.value("select count(*) from quarantine.rows") == 1


def test_a_batch_that_lands_after_the_gate_is_judged_together_with_those_before(mill: Mill) -> None:
    deliver(mill)
    mill.land()
    mill.gate()
    mill.deliver("2026-01-03.csv", HEADER, "C1,1,3,,")
    done = mill.load()

    assert (done.batches, done.promoted_rows, done.quarantined_rows) == (3, 4, 1)
    assert mill.value("select count(*) from audit.gate_results") == 3 * 5


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (landing, "plan_landing"),
        (landing.ledger, "mark_landed"),
        (gate.typed_rows, "build"),
        (gate, "_find"),
        (gate, "_count"),
        (promotion.versions, "decide"),
        (promotion, "_store"),
        (promotion, "quarantine_rows"),
        (promotion, "_clear"),
        (promotion, "_analyze"),
        (typed_rows, "_number_equal_rows"),
    ],
)
def test_a_killed_step_leaves_no_half_work(
    mill: Mill, monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    deliver(mill)
    with monkeypatch.context() as patch:
        patch.setattr(module, name, kill)
        with pytest.raises(Killed):
            mill.load()
    mill.load()

    assert mill.current(columns="order_id, quantity, price") == [("A1", 1, 3), ("A2", 2, 3), ("B1", 1, 3)]
    assert mill.rows("select line_number, rule from quarantine.rows") == [(4, "duplicate_line")]
    counted = mill.rows(
        "select sum(received_rows), sum(promoted_rows), sum(quarantined_rows) from audit.load_batches"
    )
    assert counted == [(4, 3, 1)]
    assert mill.value("select count(*) from landing.mill__lines") == 0


def test_landed_rows_that_a_crash_took_are_landed_again(mill: Mill) -> None:
    deliver(mill)
    mill.land()
    mill.execute("truncate landing.mill__lines")  # what recovery does to unlogged tables
    landed = mill.land()

    assert (landed.lost_batches, landed.batches) == (2, 2)
    mill.gate()
    assert mill.promote().promoted_rows == 3
    assert mill.rows("select status, count(*) from audit.load_batches group by 1 order by 1") == [
        ("lost", 2),
        ("promoted", 2),
    ]


@pytest.mark.parametrize("step", ["gate", "promote"])
def test_a_crash_between_the_steps_loses_the_batches_and_not_the_rows(mill: Mill, step: str) -> None:
    deliver(mill)
    mill.land()
    if step == "promote":
        mill.gate()
        mill.execute("truncate landing.mill__lines__typed, landing.mill__lines__failures")
    mill.execute("truncate landing.mill__lines")

    done: Callable[[], gate.Gated | promotion.Promoted] = getattr(mill, step)
    assert done().lost_batches == 2
    assert mill.load().promoted_rows == 3
    assert mill.current() == [("A1", 1), ("A2", 2), ("B1", 1)]


def test_working_tables_that_are_gone_are_made_again(mill: Mill) -> None:
    deliver(mill)
    mill.land()
    mill.gate()
    mill.execute("drop table landing.mill__lines__typed")
    with pytest.raises(EvergreenError, match="run the load again"):
        mill.promote()

    assert mill.load().promoted_rows == 3


def test_two_runs_at_once_load_once(easy: Mill) -> None:
    for day in range(1, 8):
        easy.deliver(f"2026-01-0{day}.csv", HEADER, *(f"A{day}{n},1,3,," for n in range(50)))
    easy.land()  # makes the tables
    problems: list[BaseException] = []

    def run() -> None:
        try:
            easy.load()
        except BaseException as problem:
            problems.append(problem)

    runs = [threading.Thread(target=run) for _ in range(3)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join(60)

    assert problems == []
    assert easy.value("select count(*) from raw.mill__lines") == 350
    assert easy.rows("select status, count(*) from audit.load_batches group by 1") == [("promoted", 7)]


def test_a_dead_process_leaves_no_lock(easy: Mill) -> None:
    with easy.warehouse.connect("loader") as other:
        other.execute("select pg_advisory_lock(hashtext('evergreen load mill'))")
        number = other.execute("select pg_backend_pid()").fetchone()
        assert number
        with easy.warehouse.connect("admin", autocommit=True) as admin:
            admin.execute("select pg_terminate_backend(%s, 5000)", [number[0]])
        deliver(easy)
        assert easy.land().batches == 2
        with pytest.raises(psycopg.OperationalError):
            other.execute("select")

"""The way back from quarantine: readmitted or discarded, each row once, and every count adds up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evergreen.errors import EvergreenError
from evergreen.loading import decisions, readmission
from evergreen.loading.decisions import Choice
from evergreen.loading.ledger import READMISSION
from evergreen.loading.readmission import Readmitted
from loading.mill import KEYED, LINES, Mill

HEADER = "Order,Quantity,Price,Sold,Customer"
ORDERS = "order_id,customer_id,amount,changed_at"


@pytest.fixture
def positive(mill: Mill, project: Path) -> Callable[[int], None]:
    """Let the gate ask for a least quantity, or another one."""

    def write(least: int) -> None:
        rule = {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "quantity", "min_value": least},
            "meta": {"rule": "low"},
        }
        text = json.dumps({"name": "mill__lines", "expectations": [rule]})
        (project / "expectations" / "mill__lines.json").write_text(text)

    write(0)
    return write


def readmit(mill: Mill, batch: int, **choice: object) -> Readmitted:
    """Readmit and take it through the gate."""
    done = readmission.readmit(mill.warehouse, mill.source, batch, Choice(**choice))  # type: ignore[arg-type]
    mill.gate()
    mill.promote()
    return done


def ledger(mill: Mill, batch: int) -> tuple[object, ...]:
    """Received, promoted, unchanged, quarantined, rejected."""
    [row] = mill.rows(
        "select received_rows, promoted_rows, unchanged_rows, quarantined_rows, rejected_rows "
        f"from audit.load_batches where batch_id = {batch}"
    )
    return row


def test_rows_come_back_when_the_rule_has_changed(mill: Mill, positive: Callable[[int], None]) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,C", "A2,-1,3,,C", "A3,-9,3,,C", ",1,3,,")
    mill.load()
    positive(-5)

    done = readmit(mill, 1)

    assert done == Readmitted(2, 3, 0)
    assert mill.current() == [("A1", 1), ("A2", -1)]
    assert ledger(mill, 1) == (4, 1, 0, 3, 0)  # a finished row never changes
    assert ledger(mill, 2) == (3, 1, 0, 2, 0)
    assert mill.rows(
        "select source, origin_source, origin_batch_id, file_or_cursor, delivered_on::text, status "
        "from audit.load_batches where batch_id = 2"
    ) == [(READMISSION, "mill", 1, "2026-01-01.csv", "2026-01-01", "promoted")]
    assert mill.rows(
        "select batch_id, line_number, rule, state, readmitted_in from quarantine.rows order by 1, 2"
    ) == [
        (1, 3, "low", "readmitted", 2),
        (1, 4, "low", "readmitted", 2),
        (1, 5, "not_null:order_id", "readmitted", 2),
        (2, 4, "low", "quarantined", None),
        (2, 5, "not_null:order_id", "quarantined", None),
    ]
    assert mill.unbalanced() == []
    # the line keeps its number, and raw knows which batch let it in
    assert mill.rows("select _line_number, _batch_id from raw.mill__lines where order_id = 'A2'") == [(3, 2)]


def test_rows_are_chosen_by_rule_or_by_line(mill: Mill, positive: Callable[[int], None]) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,-1,3,,C", "A2,-1,3,,C", "A3,x,3,,C", "A4,-1,3,,C")
    mill.load()
    positive(-5)

    assert readmit(mill, 1, line=3).rows == 1
    assert readmit(mill, 1, rule="low").rows == 2
    assert decisions.discard(mill.warehouse, 1, "no number", Choice(rule="invalid_value")) == 1
    assert [order for order, _ in mill.current()] == ["A1", "A2", "A4"]
    for choice in (Choice(), Choice(rule="low")):
        with pytest.raises(EvergreenError, match="waits any more"):
            decisions.discard(mill.warehouse, 1, "again", choice)
    assert mill.rows(
        "select decision, rule, row_count, reason from audit.quarantine_decisions order by decision_id"
    ) == [
        ("readmitted", None, 1, None),
        ("readmitted", "low", 2, None),
        ("discarded", "invalid_value", 1, "no number"),
    ]
    assert mill.unbalanced() == []


def test_what_does_not_wait_cannot_be_decided_about(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,x,3,,C", "A2,1")
    mill.deliver("2026-01-02.csv", HEADER, "A2,1,3,,C")
    mill.load()
    for batch, choice, message in (
        (9, Choice(), "nothing of batch 9 is there"),
        (2, Choice(), "nothing of batch 2 is there"),
        (1, Choice(rule="no_such"), "for rule no_such"),
        (1, Choice(line=77), "at line 77"),
        (1, Choice(rule="unreadable_row"), "cannot be taken apart"),
    ):
        with pytest.raises(EvergreenError, match=message):
            readmission.readmit(mill.warehouse, mill.source, batch, choice)
    with pytest.raises(EvergreenError, match="--reason"):
        decisions.discard(mill.warehouse, 1, "  ")
    assert mill.value("select count(*) from audit.load_batches") == 2
    assert readmit(mill, 1) == Readmitted(3, 1, 1)  # what nobody can read stays
    assert mill.unbalanced() == []


def test_a_readmitted_row_takes_the_place_of_the_delivery_that_brought_it(
    mill: Mill, positive: Callable[[int], None]
) -> None:
    """A version of an earlier day does not win over one that came later, however late it is let in."""
    mill.define(LINES, key=["order_id"], partition=None)
    mill.deliver("2026-01-01.csv", HEADER, "A1,-1,3,,C", "A2,-2,3,,C")
    mill.deliver("2026-01-02.csv", HEADER, "A1,5,3,,C")
    mill.load()
    positive(-5)

    readmit(mill, 1)

    assert mill.current() == [("A1", 5), ("A2", -2)]
    assert mill.value("select count(*) from raw.mill__lines") == 3


def test_a_file_that_comes_again_settles_what_it_brought_before(
    mill: Mill, positive: Callable[[int], None]
) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,C", "A2,-1,3,,C", "A3,-1,3,,C")
    mill.load()
    positive(-5)
    assert readmit(mill, 1, line=3).rows == 1
    assert mill.current() == [("A1", 1), ("A2", -1)]

    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,C", "A3,4,3,,C")
    mill.load()

    assert mill.current() == [("A1", 1), ("A3", 4)]  # the readmitted row goes with its file
    assert mill.rows(
        "select batch_id, decision, row_count, into_batch_id from audit.quarantine_decisions order by 1, 2"
    ) == [(1, "delivered again", 1, 3), (1, "readmitted", 1, 2)]
    assert mill.unbalanced() == []
    with pytest.raises(EvergreenError, match="waits any more"):
        readmission.readmit(mill.warehouse, mill.source, 1)
    # and it has been seen: nothing of the readmission makes it look new
    assert mill.land().batches == 0


def test_a_redelivery_that_is_pending_replaces_what_is_readmitted_meanwhile(
    mill: Mill, positive: Callable[[int], None]
) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,C", "A2,-1,3,,C")
    mill.load()
    mill.deliver("2026-01-01.csv", HEADER, "A9,1,3,,C")
    mill.land()
    positive(-5)

    readmit(mill, 1)

    assert mill.current() == [("A9", 1)]
    assert mill.unbalanced() == []


def test_a_batch_rejected_for_its_header_comes_back_when_the_definition_has_changed(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", "Order,Qty,Price,Sold,Customer", "A1,1,3,,C", 'A2,"2",3,,', "A3,4")
    mill.load()
    assert mill.open_rejections() == [1]
    with pytest.raises(EvergreenError, match="rejected again: columns_"):
        readmission.readmit(mill.warehouse, mill.source, 1)

    mill.define(LINES.replace("from: Quantity", "from: [Quantity, Qty]"))
    readmit(mill, 1)

    assert mill.current() == [("A1", 1), ("A2", 2)]
    assert ledger(mill, 2) == (3, 2, 0, 1, 0)
    assert mill.rows("select rule, row_text from quarantine.rows") == [("unreadable_row", "A3,4")]
    assert mill.open_rejections() == []
    assert mill.unbalanced() == []


def test_a_batch_rejected_by_a_rule_comes_back_as_a_whole(mill: Mill, project: Path) -> None:
    suite = project / "expectations" / "mill__lines.json"
    rule = {
        "type": "unexpected_rows_expectation",
        "kwargs": {
            "unexpected_rows_query": "select _batch_id from {batch} group by _batch_id having count(*) < 3"
        },
        "meta": {"rule": "too_few"},
    }
    suite.write_text(json.dumps({"expectations": [rule]}))
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,C", "A2,2,3,2026-01-01 10:00,")
    mill.load()
    with pytest.raises(EvergreenError, match="decided about as a whole"):
        readmission.readmit(mill.warehouse, mill.source, 1, Choice(line=2))
    readmit(mill, 1)
    assert mill.open_rejections() == [2]  # the rule stands, and rejects the new batch
    suite.unlink()
    readmit(mill, 2)

    assert mill.current() == [("A1", 1), ("A2", 2)]
    assert mill.rows("select batch_id, origin_batch_id, status from audit.load_batches order by 1") == [
        (1, None, "rejected"),
        (2, 1, "rejected"),
        (3, 1, "promoted"),
    ]
    assert mill.open_rejections() == []
    assert mill.unbalanced() == []


def test_a_rejected_batch_is_settled_by_a_reason_or_by_its_redelivery(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", "Order", "A1", "A2")
    mill.deliver("2026-01-02.csv", "")  # nothing to hold back, and still somebody has to know
    mill.deliver("2026-01-03.csv", "Order", "A3")
    mill.load()
    assert mill.open_rejections() == [1, 2, 3]
    with pytest.raises(EvergreenError, match="holds no row to readmit"):
        readmission.readmit(mill.warehouse, mill.source, 2)

    assert decisions.discard(mill.warehouse, 1, "the till was being tested") == 2
    assert decisions.discard(mill.warehouse, 2, "closed on that day") == 0
    mill.deliver("2026-01-03.csv", HEADER, "A3,1,3,,C")
    mill.load()

    assert mill.open_rejections() == []
    assert mill.rows(
        "select batch_id, decision, row_count, is_whole_batch from audit.quarantine_decisions order by 1"
    ) == [(1, "discarded", 2, True), (2, "discarded", 0, True), (3, "delivered again", 1, True)]
    assert mill.unbalanced() == []


def test_columns_that_are_gone_are_not_dropped_in_silence(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,x,3,,C")
    mill.load()
    mill.define(LINES.replace("price: {from: Price", "unit_price: {from: Price"))
    with pytest.raises(EvergreenError, match=r"does not name any more \(price\)"):
        readmission.readmit(mill.warehouse, mill.source, 1)
    assert mill.value("select state from quarantine.rows") == "quarantined"


def test_rows_that_a_crash_took_on_their_way_wait_again(mill: Mill, positive: Callable[[int], None]) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,-1,3,,C")
    mill.load()
    positive(-5)
    readmission.readmit(mill.warehouse, mill.source, 1)
    mill.execute("truncate landing.mill__lines")  # what a crash of the server does to unlogged tables

    assert mill.land().lost_batches == 1

    assert mill.rows("select status, message from audit.load_batches where batch_id = 2") == [
        ("lost", "landed rows were gone after a crash of the server: in quarantine again")
    ]
    assert mill.value("select state from quarantine.rows") == "quarantined"
    assert readmit(mill, 1) == Readmitted(3, 1, 0)
    assert mill.current() == [("A1", -1)]
    assert mill.unbalanced() == []


def test_a_readmission_is_no_measure_of_what_is_usual(mill: Mill, positive: Callable[[int], None]) -> None:
    for day in range(1, 6):
        mill.deliver(f"2026-01-0{day}.csv", HEADER, *(f"A{n},{n - 1},3,,{day}" for n in range(9)))
    mill.load()
    positive(-5)
    readmission.readmit(mill.warehouse, mill.source, 1)
    mill.deliver("2026-01-09.csv", HEADER, "B1,1,3,,")
    mill.land()
    mill.gate()

    assert mill.rows("select _batch_id, usual_rows from landing.mill__lines__batches order by 1") == [
        (6, None),
        (7, 9),
    ]


def test_personal_columns_come_back_too(mill: Mill) -> None:
    mill.define("\n".join(KEYED.splitlines()[:10]) + "\n      region: {required: true}\n")
    mill.deliver("customers-2026-01-01.csv", "customer_id,full_name,region", "C1,Ada,")
    mill.load()
    assert mill.rows("select personal from pii.customers") == []
    mill.define("\n".join(KEYED.splitlines()[:10]) + "\n      region: text\n")

    readmit(mill, 1)

    assert mill.value("select personal from pii.customers") == {"full_name": "Ada"}

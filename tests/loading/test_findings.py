"""What the gates found, for people: how much, since when, and nobody's data."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from evergreen.loading.findings import find, shape
from evergreen.report.gates import gate_page
from loading.mill import KEYED, Mill

HEADER = "Order,Quantity,Price,Sold,Customer"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("9.999,99", "9.999,99"), ("ada@example.org", "xxx@xxxxxxx.xxx"), ("31/12/2026", "99/99/9999"),
        ("Zoë 5€", "xxx 9€"), ("שלום", "xxxx"), (None, None), ("a\nb", "x x"), ("y" * 99, "x" * 40 + " …"),
    ],
)  # fmt: skip
def test_a_shape_says_what_it_looks_like_and_not_what_it_says(value: object, expected: str | None) -> None:
    assert shape(value) == expected


def test_what_did_not_hold_is_told_with_since_when(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,ada@example.org,3,,Ada", "A2,1.5,3,,", "A3,1,3,,")
    mill.deliver("2026-01-02.csv", "Order", "A4")
    mill.load()
    mill.deliver("2026-01-03.csv", HEADER, "A5,x,3,,", "A6,1,3,,")
    mill.load()
    mill.deliver("2026-01-04.csv", HEADER, "A7,1,3,,")
    mill.load()

    found = find(mill.warehouse, [mill.source])

    told = {
        f.rule: (f.subject, f.column_name, f.rows, f.batches, f.last_rows, f.is_last) for f in found.findings
    }
    assert told == {
        "invalid_value": ("mill.lines", "quantity", 3, 2, 1, False),
        "columns_missing": ("mill.lines", None, 1, 1, 1, False),
    }
    assert all(f.since <= f.last_at for f in found.findings)
    assert [(batch, file) for batch, _, file, _, _ in found.rejections] == [(2, "2026-01-02.csv")]
    examples = {h.group.batch_id: [(e.line_number, e.shape) for e in h.examples] for h in found.held}
    assert examples == {1: [(2, "xxx@xxxxxxx.xxx"), (3, "9.9")], 2: [(2, None)], 3: [(2, "x")]}

    page = gate_page(found, datetime(2026, 1, 5, tzinfo=UTC))
    assert "ada@" not in page
    assert "xxx@xxxxxxx.xxx" in page
    assert "2026-01-02.csv" in page
    assert not re.search(r"(?:src|href)=\"(?!data:,)", page)


def test_names_of_files_cannot_break_the_page(mill: Mill) -> None:
    mill.deliver("<script>alert(1)<|script>2026-01-01.csv", HEADER, "A1,x,3,,")
    mill.load()
    page = gate_page(find(mill.warehouse, [mill.source]), datetime(2026, 1, 5, tzinfo=UTC))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_nothing_to_tell(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,")
    mill.load()
    assert "every rule held" in gate_page(find(mill.warehouse, [mill.source]), datetime.now(UTC))


def test_rows_wait_for_their_parents_and_are_counted(easy: Mill) -> None:
    easy.define(KEYED)
    easy.deliver("orders-2026-01-01.csv", "order_id,customer_id,amount,changed_at", "O1,C1,1,")
    easy.deliver("lines-2026-01-01.csv", "order_id,line,product", "O1,1,P1", "O2,1,P1", "O2,2,P1", "O3,1,P1")
    easy.load()

    def waiting() -> list[tuple[object, ...]]:
        found = find(easy.warehouse, [easy.source])
        assert found.findings == []  # to wait is to break no rule
        return [(w.source_table, w.column, w.parent, w.rows) for w in found.waiting]

    assert waiting() == [("lines", "order_id", "orders.order_id", 3)]
    assert easy.rows(
        "select batch_id, severity, failing_rows from audit.gate_results where rule = 'waits_for_parent'"
    ) == [(2, "info", 3)]
    assert easy.value("select count(*) from quarantine.rows") == 0

    easy.deliver("orders-2026-01-02.csv", "order_id,customer_id,amount,changed_at", "O2,C1,1,")
    easy.load()
    assert waiting() == [("lines", "order_id", "orders.order_id", 1)]
    easy.deliver("lines-2026-01-01.csv", "order_id,line,product", "O1,1,P1")  # the orphan is taken back
    easy.load()
    assert waiting() == []

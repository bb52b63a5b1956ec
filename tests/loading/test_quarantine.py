from evergreen.loading import quarantine
from loading.mill import Mill

HEADER = "Order,Quantity,Price,Sold,Customer"


def test_groups_tell_how_much_and_why_without_values(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,C", "A2,x,3,,C", "A3,y,3,,C", ",1,3,,C")
    mill.deliver("2026-01-02.csv", "Order", "A4", "A5")
    mill.load()

    found = quarantine.groups(mill.warehouse)

    told = {(g.file_or_cursor, g.rule, g.column_name, g.rows, g.is_batch, g.state) for g in found}
    assert told == {
        ("2026-01-02.csv", "columns_missing", None, 2, True, "quarantined"),
        ("2026-01-01.csv", "invalid_value", "quantity", 2, False, "quarantined"),
        ("2026-01-01.csv", "not_null:order_id", "order_id", 1, False, "quarantined"),
    }
    assert {g.source_table for g in found} == {"lines"}
    assert quarantine.groups(mill.warehouse, source="other") == []
    assert quarantine.groups(mill.warehouse, state="discarded") == []


def test_rows_are_shown_as_they_came(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,C", " A2 ,x,3.00,,17.0", "A3,1")
    mill.load()

    rows = quarantine.rows(mill.warehouse, 1)

    assert [(row.line_number, row.rule, row.column_name) for row in rows] == [
        (3, "invalid_value", "quantity"),
        (4, "unreadable_row", None),
    ]
    assert rows[0].fields == {
        "order_id": " A2 ", "quantity": "x", "price": "3.00", "sold_at": None, "customer_id": "17.0"
    }  # fmt: skip
    assert (rows[1].fields, rows[1].row_text) == (None, "A3,1")
    assert [row.line_number for row in quarantine.rows(mill.warehouse, 1, rule="unreadable_row")] == [4]
    assert len(quarantine.rows(mill.warehouse, 1, limit=1)) == 1
    assert quarantine.rows(mill.warehouse, 99) == []

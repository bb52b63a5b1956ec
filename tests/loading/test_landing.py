import gzip
import os

import pytest

from evergreen import progress
from loading.mill import KEYED, LINES, Mill

HEADER = "Order,Quantity,Price,Sold,Customer"


def ledger(mill: Mill) -> list[tuple[object, ...]]:
    return mill.rows(
        "select file_or_cursor, status, received_rows, rejected_rows, delivered_on::text "
        "from audit.load_batches order by batch_id"
    )


def test_every_file_becomes_a_batch_with_the_bytes_as_text(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,2,3.50,2026-01-01 10:00,17.0", 'A2,x,,, "B"')
    mill.deliver("2026-01-02.csv", HEADER)

    landed = mill.land()

    assert (landed.batches, landed.rows) == (2, 2)
    assert ledger(mill) == [
        ("2026-01-01.csv", "landed", 2, 0, "2026-01-01"),
        ("2026-01-02.csv", "landed", 0, 0, "2026-01-02"),
    ]
    assert mill.rows("select * from landing.mill__lines order by _line_number") == [
        ("A1", "2", "3.50", "2026-01-01 10:00", "17.0", 1, 2, None, None),
        ("A2", "x", None, None, ' "B"', 1, 3, None, None),
    ]


def test_what_is_in_the_ledger_is_not_landed_again(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,2,3,,")
    mill.land()

    assert mill.land().batches == 0
    mill.deliver("2026-01-01.csv", HEADER, "A1,2,3,,", "A2,2,3,,")
    assert mill.land().batches == 1


def test_a_file_that_goes_back_to_an_earlier_state_is_new_again(mill: Mill) -> None:
    path = mill.deliver("2026-01-01.csv", HEADER, "A1,2,3,,")
    first, changed = path.read_bytes(), path.stat().st_mtime_ns
    mill.land()
    mill.deliver("2026-01-01.csv", HEADER, "A1,2,3,,", "A2,2,3,,")
    mill.land()

    path.write_bytes(first)
    os.utime(path, ns=(changed, changed))

    assert mill.land().batches == 1


def test_columns_come_in_any_order_and_case(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", "customer,SOLD, price ,Quantity,Order", "C,,,1,A")
    mill.land()

    assert mill.rows("select order_id, quantity, customer_id from landing.mill__lines") == [("A", "1", "C")]


def test_a_missing_column_rejects_the_batch_and_no_other(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", "Order,Price,Sold,Customer", "A1,3,,", "A2,4,,")
    mill.deliver("2026-01-02.csv", HEADER, "A3,1,3,,")

    landed = mill.land()

    assert (landed.batches, landed.rejected_batches, landed.rejected_rows) == (1, 1, 2)
    assert ledger(mill)[0] == ("2026-01-01.csv", "rejected", 2, 2, "2026-01-01")
    assert "missing: Quantity" in mill.value("select message from audit.load_batches where batch_id = 1")
    assert mill.rows(
        "select line_number, rule, row_text::json ->> 'Order' from quarantine.batches order by 1"
    ) == [
        (2, "columns_missing", "A1"),
        (3, "columns_missing", "A2"),
    ]
    assert mill.rows("select rule, passed, failing_rows from audit.gate_results") == [
        ("columns_missing", False, 2)
    ]
    assert mill.land().rejected_batches == 0


def test_an_added_column_evolves_landing_and_raw(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER + ",Gift Wrap!", "A1,1,3,,,red")
    mill.deliver("2026-01-02.csv", HEADER, "A2,1,3,,")
    mill.land()

    assert mill.rows("select order_id, gift_wrap from landing.mill__lines order by 1") == [
        ("A1", "red"),
        ("A2", None),
    ]
    mill.gate()
    mill.promote()
    assert mill.current(columns="order_id, gift_wrap") == [("A1", "red"), ("A2", None)]


def test_a_header_that_looks_like_sql_becomes_a_plain_name(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER + ',"x""); drop table raw.mill__lines; --"', "A1,1,3,,,1")
    mill.land()

    assert mill.value("select x_drop_table_raw_mill_lines from landing.mill__lines") == "1"


def test_two_new_headers_with_one_name_become_two_columns(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER + ",Gift,gift!,Order Id", "A1,1,3,,,a,b,c")
    mill.land()

    assert mill.rows("select order_id, gift, gift_2, order_id_2 from landing.mill__lines") == [
        ("A1", "a", "b", "c")
    ]


def test_the_policy_decides_about_added_columns(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER + ",Gift", "A1,1,3,,,red", "A2,1,3,,,")

    mill.define(LINES, schema_policy={"added": "freeze"})
    assert mill.land().rejected_rows == 2

    mill.deliver("2026-01-02.csv", HEADER + ",Gift", "A1,1,3,,,red", "A2,1,3,,,")
    mill.define(LINES, schema_policy={"added": "discard_value"})
    assert mill.land().rows == 2
    assert mill.rows("select order_id, _problem from landing.mill__lines order by 1") == [
        ("A1", None),
        ("A2", None),
    ]

    mill.deliver("2026-01-03.csv", HEADER + ",Gift", "A1,1,3,,,red", "A2,1,3,,,")
    mill.define(LINES, schema_policy={"added": "discard_row"})
    assert mill.land().rows == 2
    found = mill.rows("select order_id from landing.mill__lines where _batch_id = 3 and _problem is not null")
    assert found == [("A1",)]
    assert "gift" not in {
        row[0]
        for row in mill.rows("select attname from pg_attribute where attrelid = 'raw.mill__lines'::regclass")
    }


def test_a_ragged_file_costs_its_ragged_rows(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,", "A2,1", "A3,1,3,,,,,", "A4,1,3,,")
    landed = mill.land()

    assert landed.rows == 4
    assert mill.rows(
        "select _line_number, order_id, _raw_text, _problem is not null from landing.mill__lines order by 1"
    ) == [
        (2, "A1", None, False),
        (3, None, "A2,1", True),
        (4, None, "A3,1,3,,,,,", True),
        (5, "A4", None, False),
    ]
    mill.gate()
    done = mill.promote()
    assert (done.promoted_rows, done.quarantined_rows) == (2, 2)
    assert mill.rows("select line_number, rule, row_text from quarantine.rows order by 1") == [
        (3, "unreadable_row", "A2,1"),
        (4, "unreadable_row", "A3,1,3,,,,,"),
    ]


def test_a_truncated_archive_gives_what_it_holds_and_a_last_row_that_says_so(mill: Mill) -> None:
    whole = gzip.compress(
        "\n".join([HEADER, *(f"A{i},1,3,,{i * 7919 % 10007}" for i in range(5000))]).encode()
    )
    (mill.folder / "2026-01-01.csv.gz").write_bytes(whole[: len(whole) // 2])

    landed = mill.land()

    problems = mill.rows("select _problem from landing.mill__lines where _problem is not null")
    assert 100 < landed.rows < 5000
    assert problems
    assert "cut off" in problems[-1][0]


def test_an_empty_file_is_rejected_as_a_whole(mill: Mill) -> None:
    (mill.folder / "2026-01-01.csv").write_bytes(b"")
    assert mill.land().rejected_batches == 1
    assert ledger(mill) == [("2026-01-01.csv", "rejected", 0, 0, "2026-01-01")]


def test_tables_are_prepared_for_all_of_a_source_and_again_without_effect(mill: Mill) -> None:
    mill.define(KEYED)
    mill.deliver("orders-2026-01-01.csv", "order_id,customer_id,amount,changed_at", "A,C,1,")
    mill.land()
    before = mill.rows(
        "select oid, relname from pg_class where relnamespace = 'raw'::regnamespace order by 1"
    )
    mill.land()

    assert (
        mill.rows("select oid, relname from pg_class where relnamespace = 'raw'::regnamespace order by 1")
        == before
    )
    assert mill.value("select count(*) from raw.mill__customers") == 0
    assert (
        mill.value("select relpersistence from pg_class where oid = 'landing.mill__orders'::regclass") == "u"
    )
    columns = {
        row[0]
        for row in mill.rows(
            "select attname from pg_attribute where attrelid = 'raw.mill__customers'::regclass and attnum > 0"
        )
    }
    assert "full_name" not in columns


def test_a_changed_definition_changes_the_tables(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,")
    mill.load()
    mill.define(
        LINES.replace("quantity: {from: Quantity, type: integer", "quantity: {from: Quantity, type: numeric")
        + "      note: {from: Note, optional: true}\n"
    )
    mill.land()

    kinds = dict(
        mill.rows(
            "select attname::text, format_type(atttypid, null) from pg_attribute "
            "where attrelid = 'raw.mill__lines'::regclass and attnum > 0"
        )
    )
    assert (kinds["quantity"], kinds["note"]) == ("numeric", "text")


@pytest.mark.parametrize(
    ("encoding", "body", "hint"),
    [
        ("utf-8", b"A1,1,3,,caf\xe9\n", "not utf-8: is it cp1252? say `encoding` in sources/mill.yml"),
        ("cp1252", b"A1,1,3,,caf\x81\n", "not as declared: is it utf-8? say `encoding` in sources/mill.yml"),
        ("utf-8", b"A1,1,3,,c\0\n", None),
    ],
)
def test_a_wrong_encoding_is_named(
    mill: Mill, monkeypatch: pytest.MonkeyPatch, encoding: str, body: bytes, hint: str | None
) -> None:
    """With what to do, as a wrong delimiter is; a NUL byte is wrong in any."""
    said: list[str] = []
    monkeypatch.setattr(progress, "note", said.append)
    mill.define(LINES, files=[{"match": "*.csv", "encoding": encoding}])
    (mill.folder / "2026-01-01.csv").write_bytes(f"{HEADER}\n".encode() + body)
    assert mill.land().rows == 1
    [note] = said
    assert hint in note if hint else "encoding" not in note
    assert "caf" not in note

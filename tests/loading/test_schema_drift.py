"""Columns and types that are not the declared ones: the policy decides, and a message names the change."""

from __future__ import annotations

import pytest

from evergreen.errors import EvergreenError
from evergreen.loading.headers import judge_header
from evergreen.sources.definition import Table
from evergreen.sources.renaming import renamed, suggests_a_person
from loading.mill import KEYED, LINES, Mill, source

HEADER = "Order,Quantity,Price,Sold,Customer"
CUSTOMERS = "\n".join(KEYED.splitlines()[:12])


def lines(**policy: str) -> Table:
    return source(LINES, schema_policy=policy).tables["lines"]


def announced(mill: Mill) -> list[tuple[object, ...]]:
    return mill.rows(
        "select batch_id, rule, column_name, message from audit.gate_results "
        "where rule like 'columns_%' order by result_id"
    )


@pytest.mark.parametrize(
    ("header", "pairs"),
    [
        (HEADER, {}),
        ("Order,Qty,Price,Sold,Customer", {"Qty": "quantity"}),  # stands in its place
        ("Order,Price,Sold,Customer,pieces", {}),  # neither alike nor in its place
        ("Order,Price,Sold,Customer,quantities", {"quantities": "quantity"}),  # alike
        ("Order-Id,Quantity,Price,Sold,CUSTOMER ID", {"Order-Id": "order_id", "CUSTOMER ID": "customer_id"}),
        ("Order,Quantity,Price,Sold", {}),  # one missing, none new
        (HEADER + ",Gift", {}),  # one new, none missing
        ("Order,A,B,Sold,Customer", {}),  # two of each, and nothing tells which is which
    ],
)
def test_what_may_be_a_new_name(header: str, pairs: dict[str, str]) -> None:
    match = lines().match(header.split(","))
    assert {match.header[i]: column.name for i, column in renamed(match).items()} == pairs


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("e-mail", True), ("EMail2", True), ("Contact Phone", True), ("billing_address", True),
        ("Date of Birth", True), ("First Name", True), ("full_names", True), ("IP address", True),
        ("region", False), ("product_name", False), ("gift wrap", False), ("mailing_count", False),
    ],
)  # fmt: skip
def test_what_suggests_a_person(header: str, expected: bool) -> None:
    columns = source(CUSTOMERS).tables["customers"].columns
    assert suggests_a_person(header, columns) is expected


@pytest.mark.parametrize(
    ("policy", "header", "rule"),
    [
        ({"renamed": "freeze"}, "Order,Qty,Price,Sold,Customer", "columns_renamed"),
        ({"renamed": "evolve"}, "Order,Qty,Price,Sold,Customer", None),
        ({"renamed": "discard_value"}, "Order,Qty,Price,Sold,Customer", None),
        ({"renamed": "discard_row"}, "Order,Qty,Price,Sold,Customer", None),
        ({"renamed": "evolve"}, "Order,Qty,Sold,Customer,x,y", "columns_missing"),
        ({"missing": "freeze"}, "Order,Quantity,Sold,Customer", "columns_missing"),
        ({"missing": "discard_row"}, "Order,Quantity,Sold,Customer", "columns_missing"),
        ({"missing": "discard_value"}, "Order,Quantity,Sold,Customer", None),
        ({"missing": "evolve"}, "Order,Quantity,Sold,Customer", None),
        ({"added": "freeze"}, HEADER + ",Gift", "columns_unknown"),
        ({"added": "discard_row"}, HEADER + ",Gift", None),
        ({"added": "discard_value"}, HEADER + ",Gift", None),
        ({"added": "evolve"}, HEADER + ",Gift", None),
        ({"reordered": "evolve"}, "Quantity,Order,Price,Sold,Customer", None),
        ({"reordered": "freeze"}, "Quantity,Order,Price,Sold,Customer", "columns_reordered"),
        ({"reordered": "discard_row"}, "Quantity,Order,Price,Sold,Customer", "columns_reordered"),
        ({"reordered": "discard_value"}, "Quantity,Order,Price,Sold,Customer", "columns_reordered"),
    ],
)
def test_the_policy_decides_about_headers(policy: dict[str, str], header: str, rule: str | None) -> None:
    refusal = judge_header(lines(**policy), header.split(","))
    assert (refusal and refusal.rule) == rule
    assert refusal is None or "," in refusal.message or ":" in refusal.message


def test_a_renamed_column_is_named_with_what_to_do(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", "Order,Qty,Price,Sold,Customer", "A1,1,3,,")
    mill.land()
    assert mill.value("select message from audit.load_batches") == (
        "columns_renamed: Quantity is missing and 'Qty' is new: if that is its new name, "
        "add it to `from` of tables.lines.columns.quantity in sources/mill.yml"
    )


@pytest.mark.parametrize(
    ("policy", "current", "outcome"),
    [
        ("evolve", [("A1", 1), ("A2", None)], "taken as quantity"),
        ("discard_value", [("A1", None), ("A2", None)], "quantity is taken as empty"),
        ("discard_row", [("A2", None)], "rows with a value there are quarantined"),
    ],
)
def test_a_renamed_column_that_is_lived_with(
    mill: Mill, policy: str, current: list[object], outcome: str
) -> None:
    text = LINES.replace("type: integer, required: true", "type: integer")
    mill.define(text, schema_policy={"renamed": policy})
    mill.deliver("2026-01-01.csv", "Order,Qty,Price,Sold,Customer", "A1,1,3,,", "A2,,3,,")
    mill.deliver("2026-01-02.csv", "Order,Qty,Price,Sold,Customer")
    mill.load()

    assert mill.current() == current
    [(batch, rule, column, message)] = announced(mill)  # once, not with every file
    assert (batch, rule, column) == (1, "columns_renamed", "quantity")
    assert outcome in str(message)
    assert "sources/mill.yml" in str(message)
    assert mill.unbalanced() == []


def test_personal_data_nobody_declared_does_not_come_into_raw(mill: Mill) -> None:
    header = "customer_id,full_name,region,nickname"
    mill.define(CUSTOMERS)
    mill.deliver("customers-2026-01-01.csv", header, "C1,Ada,north,Lady A")
    mill.load()
    mill.define(LINES, schema_policy={"added": "evolve"}, files=["lines*.csv"])
    mill.deliver("lines1.csv", HEADER + ",E-Mail,Gift", "A1,1,3,,,ada@example.org,red")
    mill.load()

    assert mill.current("customers", "region") == [("north",)]
    assert mill.current("lines", "order_id, gift") == [("A1", "red")]
    everything = str(mill.rows("select to_jsonb(c)::text from raw.mill__customers as c")) + str(
        mill.rows("select to_jsonb(l)::text from raw.mill__lines as l")
    )
    assert "Lady" not in everything
    assert "ada@" not in everything
    messages = {column: message for _, _, column, message in announced(mill)}
    assert messages["nickname"].startswith("'nickname' is new, and its values are not kept: declare it")
    assert "suggests personal data" in messages["E-Mail"]
    assert messages["Gift"].startswith("'Gift' is new, and kept as text in gift: declare it")


def test_a_missing_column_that_is_lived_with_is_announced(mill: Mill) -> None:
    mill.define(LINES, schema_policy={"missing": "evolve"})
    mill.deliver("2026-01-01.csv", "Order,Quantity,Sold,Customer", "A1,1,,")
    mill.load()
    [(_, rule, column, message)] = announced(mill)
    assert (rule, column) == ("columns_missing", "price")
    assert str(message).startswith("Price is missing, and taken as empty")


@pytest.mark.parametrize(
    ("policy", "prices", "outcome"),
    [
        ("discard_row", [("A1", 3)], "quarantined"),
        ("discard_value", [("A1", 3), ("A2", None), ("A4", None)], "warned"),
        ("evolve", [("A1", 3), ("A2", None), ("A4", None)], "warned"),
        ("freeze", [], "rejected"),
    ],
)
def test_the_policy_decides_about_values_of_another_type(
    mill: Mill, policy: str, prices: list[object], outcome: str
) -> None:
    mill.define(LINES, schema_policy={"changed_type": policy})
    mill.deliver(
        "2026-01-01.csv", HEADER, "A1,1,3,,", "A2,1,3 EUR,,", "A3,one,3,,", "A4,2,x,2026-01-01 10:00,"
    )
    mill.load()

    assert mill.current(columns="order_id, price") == prices
    assert mill.unbalanced() == []
    results = mill.rows(
        "select rule, column_name, severity, failing_rows from audit.gate_results "
        "where not passed order by 1, 2"
    )
    if outcome == "quarantined":
        assert results == [
            ("invalid_value", "price", "critical", 2),
            ("invalid_value", "quantity", "critical", 1),
        ]
    elif outcome == "warned":  # what is required stays so
        assert results == [
            ("invalid_value", "price", "warning", 2),
            ("invalid_value", "quantity", "warning", 1),
            ("not_null:quantity", "quantity", "critical", 1),
        ]
    else:
        assert results == [("invalid_value", "price,quantity", "critical", 0)]
        assert mill.open_rejections() == [1]
    if policy == "evolve":
        assert mill.current(columns="order_id, price__text") == [("A1", None), ("A2", "3 EUR"), ("A4", "x")]


def test_a_changed_type_does_not_break_the_views_over_the_table(mill: Mill) -> None:
    """What shows the column goes, and is made anew by the next build; what shows others stays."""
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,2026-01-01 10:00,C", "A2,2,3,,")
    mill.load()
    mill.execute("create view staging.quantities as select order_id, quantity from raw.mill__lines")
    mill.execute("create view staging.orders as select order_id from raw.mill__lines")
    before = mill.rows("select * from raw.mill__lines order by _line_number")

    mill.define(LINES.replace("type: integer", "type: numeric"))
    mill.deliver("2026-01-02.csv", HEADER, "A3,2.5,3,,")
    mill.load()

    assert mill.current() == [("A1", 1), ("A2", 2), ("A3", 2.5)]
    assert mill.rows("select viewname from pg_views where schemaname = 'staging'") == [("orders",)]
    names = mill.rows(
        "select attname from pg_attribute where attrelid = 'raw.mill__lines'::regclass and not attisdropped"
    )
    assert ("_former",) not in names
    assert len(before) == 2


def test_a_key_that_changes_its_type_keeps_its_index(mill: Mill) -> None:
    mill.define(LINES, key=["quantity"], partition=None)
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,", "A2,2,3,,")
    mill.load()
    indexes = "select count(*) from pg_indexes where schemaname = 'raw' and tablename = 'mill__lines'"
    count = mill.value(indexes)
    mill.define(LINES.replace("type: integer", "type: bigint"), key=["quantity"], partition=None)
    mill.load()
    assert mill.value(indexes) == count


def test_rows_known_as_a_whole_get_a_key(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,", "A2,2,3,,")
    mill.load()
    mill.define(LINES, key=["order_id"])
    mill.deliver("2026-01-02.csv", HEADER, "A2,3,3,,", "A3,4,3,,")
    mill.load()
    assert [order for (order,) in mill.current(columns="order_id")] == ["A1", "A2", "A3"]
    assert (
        mill.rows(
            "select from pg_attribute where attname = '_key' and attrelid = 'raw.mill__lines'::regclass"
        )
        == []
    )


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [("all", ["customer_id"], "are equal in customer_id"), (["order_id"], "all", "and not as a whole")],
)
def test_a_key_that_does_not_suit_the_rows_says_how_to_load_anew(
    mill: Mill, before: str | list[str], after: str | list[str], why: str
) -> None:
    mill.define(LINES, key=before)
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,C", "A2,2,3,,C")
    mill.load()
    mill.define(LINES, key=after)
    with pytest.raises(
        EvergreenError, match=f"{why}: keep the key .* or `evergreen source remove mill --loaded"
    ):
        mill.land()
    assert mill.current() == [("A1", 1), ("A2", 2)]


def test_a_type_that_does_not_suit_the_rows_changes_nothing(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,C")
    mill.load()
    mill.define(LINES.replace("order_id: {from: Order,", "order_id: {from: Order, type: integer,").replace(
        ", identifies: order", ""))  # fmt: skip
    with pytest.raises(EvergreenError, match="does not suit what"):
        mill.land()
    assert mill.current() == [("A1", 1)]

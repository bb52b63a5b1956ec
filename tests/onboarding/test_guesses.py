"""What the columns of a file are taken for, and the one line where they cannot be."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from evergreen.errors import EvergreenError
from evergreen.onboarding.definition import definition
from evergreen.onboarding.models import model_files
from evergreen.onboarding.plan import Plan, plan_source
from evergreen.onboarding.profile import profiles, reading_of
from evergreen.onboarding.roles import guess_roles
from evergreen.onboarding.sample import pattern, take_sample
from evergreen.onboarding.states import state_of


def look(path: Path, text: str | bytes, **said: str) -> Plan:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    sample = take_sample(str(path))
    columns = profiles(sample)
    return plan_source("mine", sample, columns, guess_roles(columns, said, str(path)), said)


def taken(plan: Plan) -> dict[str, str]:
    return {column.role.name: column.header for column in plan.columns if column.role}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2", "30"], ("integer", ())),
        (["12345678901"], ("bigint", ())),
        (["00042", "17"], ("text", ())),
        (["1.5", "2", "1e3"], ("numeric", ())),
        (["1,234.50", "£7"], ("numeric", ("decimal_point",))),
        (["1.234,50 €", "7,5"], ("numeric", ("decimal_comma",))),
        (["B-1001", "B-1002"], ("text", ())),
        (["INV1001"], ("text", ())),
        (["yes", "no"], ("boolean", ())),
        (["2026-11-21", "20261121"], ("date", ())),
        (["2026-11-21T10:15:00Z"], ("timestamp", ())),
        (["21.11.2026", "1.2.2026"], ("date", ("day_first",))),
        (["11/21/2026 10:15", "01/02/2026 9:00"], ("timestamp", ("month_first",))),
        (["21/11/2026", "11/21/2026"], ("text", ())),
        (["", " "], ("text", ())),
    ],
)
def test_type_of_values(values: list[str], expected: Any) -> None:
    reading = reading_of([value for value in values if value.strip()])
    assert (reading.type, reading.clean) == expected
    assert not reading.misfits


@pytest.mark.parametrize(
    ("common", "others", "expected"),
    [
        ("21.11.2026", ["31.02.2026"], ("date", ("day_first",), 1)),
        ("2026-11-21 10:15", ["unknown"], ("timestamp", (), 1)),
        ("2026-11-21", ["2026-02-30"], ("date", (), 1)),
        ("7,50", ["free"], ("numeric", ("decimal_comma",), 1)),
        ("17", ["-"], ("integer", (), 1)),
        ("1.50", ["1,234.50"], ("numeric", ("decimal_point",), 0)),
        ("01/02/2026", ["01/13/2026"], ("date", ("month_first",), 0)),
        ("00042", ["A1"], ("text", (), 0)),
        ("17", ["-", "-"], ("text", (), 0)),
    ],
)
def test_a_slip_of_the_pen_is_no_type(common: str, others: list[str], expected: Any) -> None:
    """Nineteen of twenty values tell the type; with two slips in twenty they do not."""
    values = [common] * (20 - len(others)) + others
    reading = reading_of(values)
    assert (reading.type, reading.clean, len(reading.misfits)) == expected
    assert [values[ordinal] for ordinal in reading.misfits] == others[: expected[2]]


def test_values_that_do_not_fit_are_announced(tmp_path: Path) -> None:
    rows = [f"{n},C{n % 3},{n % 28 + 1:02}.02.2026,{n}.50,{n}" for n in range(1, 41)]
    rows[16] = "17,C1,31.02.2026,17.50,17"
    rows[20] = "21,C1,01.02.2026,21.50,x"
    plan = look(tmp_path / "a.csv", "order,customer,date,total,shelf\n" + "\n".join(rows) + "\n")
    assert (
        "date: 1 of 40 values are no dates, e.g. line 18 '31.02.2026': such rows go to quarantine"
        in plan.notes
    )
    assert [
        (column.header, column.type) for column in plan.columns if column.name in ("ordered_at", "shelf")
    ] == [
        ("date", "date"),
        ("shelf", "text"),  # nobody computes with it, so no row is held back for it
    ]


def test_lines_of_orders_with_a_semicolon(tmp_path: Path) -> None:
    plan = look(
        tmp_path / "export-2026-11-02.csv",
        "Bestellnr;Pos;Kundennummer;E-Mail;Bestelldatum;Artikelnr;Menge;Einzelpreis\n"
        "B-1;1;C7;ann@example.org;02.11.2026 10:15;A1;1;11,99 €\n"
        "B-1;2;C7;ann@example.org;02.11.2026 10:15;A2;2;1.008,50 €\n",
    )
    assert taken(plan) == {
        "order": "Bestellnr", "line": "Pos", "customer": "Kundennummer", "ordered": "Bestelldatum",
        "product": "Artikelnr", "quantity": "Menge", "price": "Einzelpreis",
    }  # fmt: skip
    assert plan.key == ("order_id", "line_number")
    assert plan.sample.form.match == "export-*.csv"
    assert plan.sample.is_dated
    assert plan.currency == "EUR"
    assert [column.header for column in plan.columns if column.is_personal] == ["E-Mail"]
    assert plan.entities == ["order_lines", "orders", "products"]


def test_one_row_per_order_in_another_alphabet(tmp_path: Path) -> None:
    plan = look(
        tmp_path / "orders.csv",
        "订单编号,客户编号,下单时间,金额,姓名\n"
        "1,7,2026-11-02 10:15:00,88.00,安\n"
        "2,7,2026-11-03 09:00:00,-12.50,安\n",
    )
    assert taken(plan) == {
        "order": "订单编号",
        "customer": "客户编号",
        "ordered": "下单时间",
        "amount": "金额",
    }
    assert plan.key == ("order_id",)
    assert plan.has_returns
    assert plan.entities == ["order_lines", "orders", "refunds"]
    assert [column.name for column in plan.columns if column.is_personal] == ["column_5"]


def test_chinese_as_spreadsheets_of_windows_save_it(tmp_path: Path) -> None:
    text = "订单编号,客户编号,下单时间,金额,城市\n1,7,2026-11-02,88.00,東莞\n"
    text += "".join(f"{number},8,2026-11-03,12.50,深圳\n" for number in range(2, 100))  # 圳 is a rare one
    plan = look(tmp_path / "orders.csv", text.encode("gb18030"))
    assert taken(plan)["order"] == "订单编号"
    assert '{match: "orders*.csv", encoding: gb18030}' in definition(plan)


@pytest.mark.parametrize(
    "word", ["Ménage à côté", "Größe", "OPERAÇÃO", "Operações", "Ångström", "Preis in €"]
)
def test_western_letters_are_not_taken_for_chinese(tmp_path: Path, word: str) -> None:
    text = f"order,customer,date,total,{word}\n1,7,2026-11-02,88.00,{word}\n"
    plan = look(tmp_path / "orders.csv", text.encode("cp1252"))
    assert plan.columns[-1].header == word
    assert "encoding: cp1252" in definition(plan)


def test_purchases_without_a_number(tmp_path: Path) -> None:
    """As CDNOW delivers them."""
    plan = look(
        tmp_path / "s.csv",
        "masterid,date,cds,sales\n4,19970101,2,29.33\n4,19970101,2,29.33\n",
        customer="masterid",
    )
    assert plan.key == ()
    assert plan.keeps_copies
    assert taken(plan) == {"customer": "masterid", "ordered": "date", "quantity": "cds", "amount": "sales"}


def test_lines_without_a_number_and_identifiers_printed_as_floats(tmp_path: Path) -> None:
    """As Online Retail delivers them."""
    plan = look(
        tmp_path / "2010-12-01.csv",
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n"
        "536365,71053,LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom\n"
        "536365,71053,LANTERN,1,2010-12-01 08:26:00,3.39,17850.0,United Kingdom\n",
    )
    assert taken(plan) == {
        "order": "InvoiceNo", "product": "StockCode", "product_name": "Description", "quantity": "Quantity",
        "ordered": "InvoiceDate", "price": "UnitPrice", "customer": "CustomerID", "region": "Country",
    }  # fmt: skip
    assert plan.key == () and not plan.keeps_copies
    assert plan.of("customer").clean == ("trim", "strip_decimal")
    assert plan.entities == ["customers", "order_lines", "orders", "products"]


def test_a_total_of_the_order_is_no_amount_of_a_line(tmp_path: Path) -> None:
    text = (
        "Order,Email,Created at,Qty,Price,Total\n#1,a@b.de,2026-01-01,1,5,11\n#1,a@b.de,2026-01-01,2,3,11\n"
    )
    plan = look(tmp_path / "a.csv", text)
    assert "amount" not in taken(plan)
    assert any(note.startswith("Total: is not Qty × Price") for note in plan.notes)
    assert taken(look(tmp_path / "a.csv", text, amount="Total"))["amount"] == "Total"
    assert taken(plan)["customer"] == "Email"


@pytest.mark.parametrize(
    ("name", "content", "said", "complaint"),
    [
        ("a.csv", b"", {}, "a.csv: is empty"),
        ("a.csv", b"order,customer,date,total\n", {}, "holds a header and no record"),
        ("a.csv", b"order\n1\n", {}, "line 1: holds one name"),
        ("a.csv", b"sep=;\norder;customer\n1;2\n", {}, "a.csv: line 1 is `sep=;`: remove it"),
        ("a.csv", b"\xef\xbb\xbfsep=,\r\norder,customer\r\n", {}, "a.csv: line 1 is `sep=,`: remove it"),
        ("a.csv", b"1,2\n3,4\n", {}, "line 1: holds values and no names"),
        (
            "a.csv",
            b"D0,K0,2026-03-01,15.00\nD1,K1,2026-03-02,9.00\n",
            {},
            "a.csv, line 1: looks like data, such as 2026-03-01, 15.00: put a header above it",
        ),
        (
            "a.csv",
            b"D0,K0,2026-03-01,15.00\nD1,K1,2026-03-02,9.00\n",
            {"customer": "K0", "amount": "15.00"},
            "looks like data",
        ),
        ("a.csv", b"D0;K0;01.03.2026;15,00\n1;2;02.03.2026;9,00\n", {}, "such as 01.03.2026, 15,00: put"),
        ("a.csv", b"D0;K0;7;1.3.26;15,00\nD1;K1;8;2.3.26;9,00\n", {}, "such as 7, 15,00: put"),
        ("a.csv", b"total,2025\n1,2\n", {}, "no column seems to be the customer"),
        ("a.csv", b"total,2025\n1,x\n", {}, "no column seems to be the customer"),
        ("a.csv", b"a,a\n1,2\n", {}, "'a' names two columns"),
        ("a.csv", b"a,,b\n1,2,3\n", {}, "line 1, column 2: has no name"),
        ("a.csv", b"total,date\n1,2026-01-01\n", {}, "no column seems to be the customer: name it"),
        ("a.csv", b"customer,total\n1,5\n", {}, "no column seems to be when the order was placed"),
        ("a.csv", b"customer,date\n1,2026-01-01\n", {}, "no column seems to hold money"),
        ("a.csv", b"customer,date\n1,2026-01-01\n", {"amount": "date"}, "its values are of type date"),
        ("a.csv", b"customer,date\n1,2026-01-01\n", {"amount": "x"}, "no such column: there are customer"),
        ("a.csv", b"customer,date\n1,2026-01-01\n", {"money": "x"}, "no such role: there are line, order"),
        ("a.txt", b"a,b\n", {}, "no file to look at"),
        ("a.xlsx", b"PK", {}, "a.xlsx is a spreadsheet program's own format: save it as CSV (UTF-8)"),
        ("a.parquet", b"nonsense", {}, "is no Parquet file"),
        ("a.json", b"", {}, "is empty"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_said_in_one_line(
    tmp_path: Path, name: str, content: bytes, said: dict[str, str], complaint: str
) -> None:
    with pytest.raises(EvergreenError) as caught:
        look(tmp_path / name, content, **said)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_formats(tmp_path: Path) -> None:
    row = '{"order_id": 1, "customer_id": "x", "ordered_at": "2026-01-01", "total": 5.5}'
    for name, content in {
        "a.jsonl": row.encode(),
        "a.json": f"[{row}]".encode(),
        "a.csv.gz": gzip.compress(b"order_id\tcustomer_id\tordered_at\ttotal\n1\tx\t2026-01-01\t5.5\n"),
        "b.csv": "order_id|customer_id|ordered_at|total|Straße\n1|x|2026-01-01|5,5|Weg\n".encode("cp1252"),
    }.items():
        assert set(taken(look(tmp_path / name, content))) == {"order", "customer", "ordered", "amount"}


def test_of_several_kinds_of_files_that_of_the_orders_is_taken(tmp_path: Path) -> None:
    orders = "order,customer,date,total\n1,7,2026-01-01,5\n"
    for name in (
        "customers.csv",
        "preorders-note.csv",
        "shop_orders-2025.csv",
        "shop_orders-2026.csv",
        "zones.csv",
    ):
        (tmp_path / name).write_text(orders if "shop" in name else "a,b\n1,2\n")
    sample = take_sample(str(tmp_path))
    assert sample.address.endswith("shop_orders-2026.csv") and sample.files == 2
    columns = profiles(sample)
    plan = plan_source("mine", sample, columns, guess_roles(columns, {}, ""))
    assert plan.notes[-2:] == (
        "files: a source that is added so has one table, shop_orders-*.csv; left alone are customers*.csv, "
        "preorders-note*.csv, zones*.csv",
        "currency: none is named: the reporting currency",
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sales-2026-11-02.csv", "sales-*.csv"),
        ("2026/11/lines.csv.gz", "lines*.csv"),
        ("orders_17.parquet", "orders_*.parquet"),
        ("20261102.tsv", "*.tsv"),
    ],
)
def test_pattern_takes_the_files_that_follow(name: str, expected: str) -> None:
    assert pattern(name) == expected


def test_lines_without_a_number_are_known_by_their_product(tmp_path: Path) -> None:
    """A state or amount that changes must not make a second line."""
    header = "Invoice Number,Invoice Date,Customer,SKU,Qty,Unit Price,Status\n"
    plan = look(
        tmp_path / "sales.csv",
        header + "I-1,2026-01-04,C1,A1,1,25.00,open\nI-1,2026-01-04,C1,A2,1,5.00,open\n",
    )
    assert plan.key == ("order_id", "product_code")
    staged = model_files(plan)["models/staging/mine/stg_mine__sales.sql"]
    assert "product_code as line_key" in staged
    twice = look(
        tmp_path / "sales.csv",
        header + "I-1,2026-01-04,C1,A1,1,25.00,open\nI-1,2026-01-04,C1,A1,1,5.00,open\n",
    )
    assert twice.key == ()
    assert any("comes again with another value counts as one more" in note for note in twice.notes)


def sale_lines(*rows: str) -> str:
    return "Order,Pos,Client,Ordered at,SKU,Pieces,Price\n" + "".join(f"{row}\n" for row in rows)


def orders_of_one_line(count: int) -> list[str]:
    return [f"T-{n},1,C{n % 7},2026-01-{n % 28 + 1:02},GT0{n % 3},2,7.50" for n in range(1, count + 1)]


def test_lines_that_are_numbered_are_known_by_their_number(tmp_path: Path) -> None:
    """Though every order of the sample has one: a second line must not replace the first."""
    plan = look(tmp_path / "a.csv", sale_lines(*orders_of_one_line(30)))
    assert plan.key == ("order_id", "line_number")
    assert "key: a row is known by order and line, as in the sample" in plan.notes
    assert "line_key" in model_files(plan)["models/input_layer/mine/input_mine__order_lines.sql"]


def test_numbers_that_do_not_tell_lines_apart_are_not_taken_for_their_key(tmp_path: Path) -> None:
    rows = ["T-1,1,C1,2026-01-04,A1,1,5", "T-1,1,C1,2026-01-04,A2,1,7", "T-2,1,C1,2026-01-05,A1,1,5"]
    plan = look(tmp_path / "a.csv", sale_lines(*rows))
    assert plan.key == ("order_id", "product_code")
    staged = model_files(plan)["models/staging/mine/stg_mine__sales.sql"]
    assert "product_code as line_key" in staged
    same = look(tmp_path / "a.csv", sale_lines(*rows, "T-2,1,C1,2026-01-05,A1,2,5"))
    assert same.key == ()
    assert any(note.startswith("key: Order and Pos do not tell the rows apart, so") for note in same.notes)
    assert "# order and line do not tell rows apart, so a row" in definition(same)


def test_a_copy_of_a_row_does_not_change_the_key(tmp_path: Path) -> None:
    rows = orders_of_one_line(38)
    plan = look(tmp_path / "a.csv", sale_lines(*rows[:20], rows[4], *rows[20:], rows[37]))
    assert plan.key == ("order_id", "line_number")
    assert (
        "copies: 2 of 40 rows repeat an earlier one in every field (line 22, 41): each counts once"
        in plan.notes
    )
    many = look(tmp_path / "a.csv", sale_lines(*rows, *rows[:3]))
    assert many.key == ()
    assert any(note.startswith("copies: 3 of 41 rows") for note in many.notes)


def test_a_purchase_without_a_number_is_no_copy(tmp_path: Path) -> None:
    plan = look(tmp_path / "a.csv", "Client,Ordered at,Price\n" + "C1,2026-01-04,5\n" * 2)
    assert plan.keeps_copies
    assert not any(note.startswith("copies:") for note in plan.notes)


def without(rows: list[str], position: int, lines: tuple[int, ...]) -> list[str]:
    """Empty a field of some lines."""
    found = [row.split(",") for row in rows]
    for line in lines:
        found[line - 2][position] = " "
    return [",".join(fields) for fields in found]


@pytest.mark.parametrize(
    ("position", "name"),
    [(0, "order_id"), (1, "line_number"), (3, "ordered_at"), (5, "quantity"), (6, "unit_price")],
)
def test_rows_that_lack_what_the_models_need_are_held_back_and_named(
    tmp_path: Path, position: int, name: str
) -> None:
    rows = without(orders_of_one_line(40), position, (17, 31))
    plan = look(tmp_path / "a.csv", sale_lines(*rows))
    [column] = [column for column in plan.columns if column.name == name]
    assert column.required
    assert plan.key == ("order_id", "line_number")
    assert (
        f"{column.header}: 2 of 40 rows have no value, e.g. line 17: such rows go to quarantine" in plan.notes
    )


def test_what_is_missing_often_is_doubted_or_done_without(tmp_path: Path) -> None:
    rows = orders_of_one_line(40)
    often = (17, 25, 31)
    price = look(tmp_path / "a.csv", sale_lines(*without(rows, 6, often)))
    assert price.of("price").required
    assert any(
        note.startswith("Price: 3 of 40 rows") and note.endswith("is it the right column?")
        for note in price.notes
    )
    line = look(tmp_path / "a.csv", sale_lines(*without(rows, 1, often)))
    assert line.key == ("order_id", "product_code")
    assert not line.of("line").required


def test_what_may_be_missing_is_not_required(tmp_path: Path) -> None:
    """The amount is there, so that no row has to be held back for its customer, product, number or price."""
    rows = [f"T-{n},C{n % 7},2026-01-04,GT01,2,7.50,15.00" for n in range(40)]
    for position in (1, 3, 4, 5):
        rows = without(rows, position, tuple(range(5, 12)))
    plan = look(tmp_path / "a.csv", "\n".join(["Order,Client,Ordered at,SKU,Pieces,Price,Amount", *rows]))
    assert [column.name for column in plan.columns if column.required] == [
        "order_id", "ordered_at", "line_amount",
    ]  # fmt: skip
    assert not any("quarantine" in note for note in plan.notes)


def test_a_number_may_name_a_column(tmp_path: Path) -> None:
    plan = look(tmp_path / "a.csv", "order,customer,date,total,2025\n1,7,2026-01-01,5,3\n")
    assert plan.columns[-1].header == "2025"


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Unpaid", "placed"),
        ("paid", "paid"),
        ("incomplete", "placed"),
        ("Complete", "delivered"),
        ("renewed", None),
        ("refunded", "paid"),
        ("storniert", "cancelled"),
        ("已取消", "cancelled"),
        ("on hold", None),
    ],
)
def test_states_are_told_by_whole_words(word: str, state: str | None) -> None:
    assert state_of(word) == state


def test_what_states_and_currencies_are_taken_for_is_said(tmp_path: Path) -> None:
    plan = look(
        tmp_path / "sales.csv",
        "Order,Date,Customer,Amount,Currency,Status\n"
        "I-1,2026-01-04,C1,25.00,EUR,open\nI-2,2026-01-05,C2,5.00,GBP,on hold\n",
    )
    assert "Status: open → placed" in plan.notes
    assert any(note.startswith("Status: on hold: not known, so counted as paid") for note in plan.notes)
    assert any(note.startswith("currency: EUR, GBP occur") for note in plan.notes)

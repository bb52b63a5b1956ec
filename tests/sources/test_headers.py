"""Which header counts as which column, as missing, as new."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.sources.names import IDENTIFIER, LONGEST, identifier_for
from sources.making import table

SALES = table(
    "note",
    columns={
        "buyer": {"from": ["customer_id", "masterid"]},
        "amount": {"from": "Sales"},
        "note": {"optional": True},
    },
    ignore=["sampleid"],
)


def test_either_name_will_do_and_blanks_and_case_do_not_matter() -> None:
    for header in (["customer_id", "Sales", "note"], [" MASTERID ", "sales", "Note"]):
        match = SALES.match(header)
        assert [c and c.name for c in match.columns] == ["buyer", "amount", "note"]
        assert match.fits and not match.is_reordered and match.describe() == ""


def test_optional_columns_may_be_away_and_ignored_ones_there() -> None:
    match = SALES.match(["masterid", "sampleid", "Sales"])
    assert [c and c.name for c in match.columns] == ["buyer", None, "amount"]
    assert match.fits and match.ignored == (1,)


def test_missing_new_and_repeated_columns_are_told_apart() -> None:
    match = SALES.match(["amount", "customer_id", "masterid", "tax"])
    assert [c.name for c in match.missing] == ["amount"]
    assert match.extra == (0, 3) and match.repeated == (2,) and not match.fits
    assert match.describe() == "missing: Sales; twice: masterid; unknown: 'amount', 'tax'"


def test_a_wrong_delimiter_is_guessed() -> None:
    assert SALES.match(["customer_id;Sales"]).describe() == (
        "missing: customer_id or masterid, Sales; unknown: 'customer_id;Sales'; is another delimiter in use?"
    )


@pytest.mark.parametrize("header", [["sep=;"], ["sep=", ""], ["SEP=\t"]])
def test_a_line_for_excel_is_no_header(header: list[str]) -> None:
    assert SALES.match(header).describe().endswith("; line 1 is Excel's `sep=`: have it removed")


def test_a_column_may_be_called_sep() -> None:
    assert "Excel" not in SALES.match(["sep=", "Sales"]).describe()


def test_order_is_noticed() -> None:
    assert SALES.match(["Sales", "customer_id"]).is_reordered


@pytest.mark.parametrize(
    ("header", "name"),
    [("Unit Price (£)", "unit_price"), ("InvoiceNo", "invoice_no"), ("2nd", "_2nd"), ("客户", "column_4")],
)
def test_headers_become_identifiers(header: str, name: str) -> None:
    assert identifier_for(header, 4) == name


@given(st.text(), st.integers(1, 2000))
def test_any_header_becomes_an_identifier(header: str, position: int) -> None:
    name = identifier_for(header, position)
    assert IDENTIFIER.fullmatch(name) and len(name) <= LONGEST

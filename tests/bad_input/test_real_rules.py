"""Rows that are well-formed and cannot be true, judged by the suites of the project's own sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from bad_input.conftest import Loaded
from conftest import fresh_warehouse
from evergreen.sources.definition import Source
from evergreen.warehouse.connections import Warehouse

ROOT = Path(__file__).resolve().parents[2]
UPDATED = "2026-06-01 00:00"


@dataclass(frozen=True)
class Row:
    """A row of a table of the shop or the survey, by what is unlike in it.

    held: rule for which it goes to quarantine; None: it is promoted.
    warned: rules of severity warning that name its batch.
    """

    name: str
    table: str
    values: dict[str, str]
    held: str | None = None
    warned: set[str] = field(default_factory=set)


SOUND: dict[str, dict[str, str]] = {
    "customers": {"registered_at": "2026-01-01", "acquisition_channel": "web", "customer_kind": "direct"},
    "orders": {"status": "paid", "ordered_at": "2026-05-01", "currency": "EUR", "customer_id": "C1"},
    "order_lines": {
        "order_id": "O1", "product_id": "P1", "quantity": "2", "unit_price": "5", "line_amount": "10",
    },
    "refunds": {"order_id": "O1", "customer_id": "C1", "refunded_at": "2026-05-03", "refund_amount": "5"},
    "responses": {"instrument": "servqual", "respondent_role": "customer", "rated_company": "us",
                  "customer_id": "C1", "submitted_at": "2026-05-04"},
    "answers": {"response_id": "R1", "score": "5"},
}  # fmt: skip
KEY = {"customers": "customer_id", "orders": "order_id", "order_lines": "line_key", "refunds": "refund_id",
       "responses": "response_id", "answers": "item_code"}  # fmt: skip

ROWS = [
    *(Row(f"sound {table}", table, {}) for table in SOUND),
    Row("self-referral", "customers", {"referred_by_customer_id": "self-referral"}, warned={"self_referral"}),
    # a cycle shows only beside the others: the edges are cut by the models
    Row("cycle a", "customers", {"referred_by_customer_id": "cycle b"}),
    Row("cycle b", "customers", {"referred_by_customer_id": "cycle a"}),
    Row("unknown referrer", "customers", {"referred_by_customer_id": "nobody"}),
    Row("no mail", "customers", {"email": "ada at example"}, warned={"malformed_email"}),
    Row("guest", "orders", {"customer_id": ""}),
    Row("currency in words", "orders", {"currency": "Euro"}, held="malformed_currency"),
    Row("currency in small letters", "orders", {"currency": "eur"}, held="malformed_currency"),
    Row("currency nobody knows", "orders", {"currency": "ZZZ"}),  # waits for its rate
    Row("status nobody knows", "orders", {"status": "lost"}, held="unknown_status"),
    Row("ancient", "orders", {"ordered_at": "1066-10-14"}, held="impossible_date"),
    Row("year 1900 of a spreadsheet", "orders", {"ordered_at": "1900-01-00"}, held="invalid_value"),
    Row("far future", "orders", {"ordered_at": "2206-05-01"}, held="impossible_date"),
    Row("years ahead", "orders", {"ordered_at": "2062-05-01"}, held="future_event"),
    Row("promised years ahead", "orders", {"promised_delivery_at": "2062-05-01"}),
    Row("delivered before it was ordered", "orders", {"delivered_at": "2026-04-01"},
        warned={"delivered_before_ordered"}),
    Row("line without its order", "order_lines", {"order_id": "O404"}),  # waits for it
    Row("less than nothing", "order_lines", {"quantity": "-1"}, held="negative_quantity"),
    Row("price below nothing", "order_lines", {"unit_price": "-1"}, held="negative_price"),
    Row("discount above the amount", "order_lines", {"discount_amount": "11"}, held="discount_above_amount"),
    Row("wrong product", "order_lines", {"line_amount": "99"}, warned={"amount_differs_from_price"}),
    Row("refund below nothing", "refunds", {"refund_amount": "-5"}, held="negative_refund"),
    Row("refund of nobody", "refunds", {"order_id": "", "customer_id": ""}, warned={"refund_of_nobody"}),
    Row("role nobody knows", "responses", {"respondent_role": "cat"}, held="unknown_respondent_role"),
    Row("answered years ahead", "responses", {"submitted_at": "2062-05-04"}, held="future_event"),
    Row("answered before invited", "responses", {"invited_at": "2026-05-05"},
        warned={"submitted_before_invited"}),
    Row("item nobody knows", "answers", {}),  # joins no item, so no index counts it
    Row("score out of range", "answers", {"score": "1e9"}, held="score_out_of_range"),
    Row("score below range", "answers", {"score": "-99"}, held="score_out_of_range"),
    Row("score in words", "answers", {"score": "very good"}, held="invalid_value"),
    Row("no answer", "answers", {"score": ""}, warned={"empty_answer"}),
    Row("answer without its response", "answers", {"response_id": "R404"}),  # waits for it
]  # fmt: skip


def as_files(name: str, tables: set[str]) -> Source:
    """Return a source of the project with these tables, read from CSV files of one row each."""
    content = yaml.safe_load((ROOT / "sources" / f"{name}.yml").read_text(encoding="utf-8"))
    kept = {key: table for key, table in content["tables"].items() if key in tables}
    for key, table in kept.items():
        table["files"] = [f"{key}/*.csv"]
        table["look_back"] = "0 days"
        if not set(table.get("references", {}).values()) <= {f"{t}.{KEY[t]}" for t in kept if t in KEY}:
            table["references"] = {}
    return Source.model_validate(content | {"reader": "files", "tables": kept})


@pytest.fixture(scope="module")
def shop(session_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("shop")
    sources = [
        as_files("shop", {"customers", "orders", "order_lines", "refunds"}),
        as_files("survey", {"responses", "answers"}),
    ]
    for source in sources:
        for table in source.tables.values():
            (folder / table.name).mkdir()
            for row in ROWS:
                if row.table == table.name:
                    values = (
                        {KEY[table.name]: row.name, "updated_at": UPDATED} | SOUND[table.name] | row.values
                    )
                    names = [column.name for column in table.columns]
                    line = ",".join(values.get(name, "") for name in names)
                    (folder / table.name / f"{row.name}.csv").write_text(f"{','.join(names)}\n{line}\n")
    with fresh_warehouse(session_warehouse) as warehouse:
        for source in sources:
            loaded = Loaded(warehouse, source, folder, [])
            loaded.load()
        yield loaded


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_rules_of_the_sources(shop: Loaded, row: Row) -> None:
    [(number, promoted, quarantined)] = shop.rows(
        "select batch_id, promoted_rows, quarantined_rows from audit.load_batches where file_or_cursor = %s",
        f"{row.table}/{row.name}.csv",
    )
    assert (promoted, quarantined) == ((0, 1) if row.held else (1, 0))
    assert shop.rows("select rule from quarantine.rows where batch_id = %s", number) == (
        [(row.held,)] if row.held else []
    )
    warned = shop.rows(
        "select rule from audit.gate_results where batch_id = %s and not passed and severity = 'warning'",
        number,
    )
    assert row.held or {rule for (rule,) in warned} == row.warned

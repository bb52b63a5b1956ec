"""A customer who was erased is nowhere and stays away; the warehouse is as if they had been a guest."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from evergreen import settings as settings_module
from evergreen.erasure import people
from evergreen.erasure.erase import erase, finish
from evergreen.errors import EvergreenError
from evergreen.loading import gate
from evergreen.loading.erased import Person
from evergreen.loading.pseudonyms import pseudonyms
from evergreen.publishing.publish import rollback
from evergreen.warehouse import binaries
from evergreen.warehouse.connections import Warehouse
from faults.pipeline import build_and_publish
from loading.conftest import StrictJudge
from loading.mill import LINES, Mill, source

SHOP = """
source: mill
tables:
  customers:
    files: ["customers-*.csv"]
    key: [customer_id]
    delivered_on: {}
    columns:
      customer_id: {identifies: customer, required: true}
      full_name: {personal: true}
      email: {personal: true}
      referred_by: {identifies: customer}
  orders:
    files: ["orders-*.csv"]
    key: [order_id]
    delivered_on: {}
    columns:
      order_id: {required: true, identifies: order}
      customer_id: {identifies: customer}
      amount: numeric
  responses:
    files: ["responses-*.csv"]
    key: [response_id]
    delivered_on: {}
    columns:
      response_id: {required: true}
      customer_id: {identifies: customer, namespace: mill}
  answers:
    files: ["answers-*.csv"]
    key: [response_id, item]
    delivered_on: {}
    references: {response_id: responses.response_id}
    columns:
      response_id: {required: true}
      item: {required: true}
      score: integer
      answer: {free_text: true}
"""
ANN, NAME, MAIL = "CUST-4711", "Ann Mustermann", "ann@example.org"
PERSON = Person("mill", ANN)
RAW = {
    "customers": "customer_id, referred_by",
    "orders": "order_id, customer_id, amount",
    "responses": "response_id, customer_id",
    "answers": "response_id, item, score",
}


@pytest.fixture
def mill(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mill]:
    monkeypatch.setattr(gate, "Judge", StrictJudge)
    monkeypatch.setenv("EVERGREEN_ERASURE_KEY", "the key of the erased")
    settings_module.reset()
    made = Mill(warehouse, tmp_path)
    made.define(SHOP)
    yield made
    monkeypatch.delenv("EVERGREEN_ERASURE_KEY")
    settings_module.reset()


def deliver(mill: Mill, day: int) -> None:
    """Deliver a day on which both customers order and answer, and Ann's second order is broken."""
    person = "customer_id,full_name,email,referred_by"
    mill.deliver(
        f"customers-2026-01-0{day}.csv",
        person,
        f"{ANN},{NAME},{MAIL},CUST-1",
        f"CUST-1,Bob,bob@example.org,{ANN}",
        f"CUST-{day}0,Cid,cid@example.org,",
    )
    mill.deliver(
        f"orders-2026-01-0{day}.csv",
        "order_id,customer_id,amount",
        f"O{day}1,{ANN},10",
        f"O{day}2,{ANN},much",
        f"O{day}3,CUST-1,20",
        "O0,CUST-1,5" if day > 1 else f"O0,{ANN},5",  # the order changes hands: history names her
    )
    mill.deliver(f"responses-2026-01-0{day}.csv", "response_id,customer_id", f"R{day},{ANN}")
    mill.deliver(f"answers-2026-01-0{day}.csv", "response_id,item,score,answer", f"R{day},why,5,I am {NAME}")


def erase_ann(mill: Mill) -> None:
    erase(mill.warehouse, {"mill": mill.source}, [PERSON], "request 1")
    finish(mill.warehouse)


def current(mill: Mill) -> dict[str, list[tuple[object, ...]]]:
    return {table: mill.current(table, columns) for table, columns in RAW.items()}


def ledger(mill: Mill) -> tuple[object, ...]:
    [row] = mill.rows(
        "select sum(received_rows), sum(promoted_rows), sum(unchanged_rows), sum(quarantined_rows), "
        "sum(rejected_rows) from audit.load_batches where status = 'promoted'"
    )
    return row


def everything(warehouse: Warehouse) -> str:
    """Return all that the database holds, as text."""
    program = binaries.in_wheel(settings_module.settings().postgres_version)["pg_dump"]
    command = [program, "--data-only", "--dbname", warehouse.url("admin")]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def test_nothing_of_the_customer_is_left(mill: Mill) -> None:
    deliver(mill, 1)
    mill.load()
    deliver(mill, 2)
    mill.load()
    mill.deliver("orders-2026-01-03.csv", "order_id,customer_id,amount", f"O9,{ANN},1")
    mill.land()  # one batch is between landing and promotion
    key = pseudonyms().of("mill", ANN)
    before = everything(mill.warehouse)
    assert all(word in before for word in (ANN, NAME, MAIL, key))

    erase_ann(mill)

    after = everything(mill.warehouse)
    assert not [word for word in (ANN, NAME, MAIL, key) if word in after]
    assert "CUST-1" in after
    assert "bob@example.org" in after


def statistics(warehouse: Warehouse) -> str:
    """Return what the planner knows of the values of all tables; of empty ones from PostgreSQL 18 on."""
    with warehouse.connect("admin") as connection:
        rows = connection.execute(
            """
            select tablename, attname, most_common_vals::text, histogram_bounds::text
            from pg_stats
            where
                schemaname in ('landing', 'quarantine', 'pii', 'raw')
                and (schemaname <> 'landing' or current_setting('server_version_num')::int >= 180000)
            """
        ).fetchall()
    return str(rows)


def test_the_planner_knows_nothing_of_the_customer(mill: Mill) -> None:
    deliver(mill, 1)
    mill.load()
    deliver(mill, 2)
    mill.land()
    with mill.warehouse.connect("admin", autocommit=True) as connection:
        connection.execute("analyze")
    mill.load()
    with mill.warehouse.connect("admin", autocommit=True) as connection:
        connection.execute("analyze")
    key = pseudonyms().of("mill", ANN)
    assert all(word in statistics(mill.warehouse) for word in (ANN, NAME, MAIL, key))

    erase_ann(mill)

    after = statistics(mill.warehouse)
    assert not [word for word in (ANN, NAME, MAIL, key) if word in after]


def test_the_orders_stay_as_guest_sales_and_the_ledger_as_it_is(mill: Mill) -> None:
    deliver(mill, 1)
    mill.load()
    before = ledger(mill)
    erase_ann(mill)
    assert mill.current("orders", "order_id, customer_id is null") == [
        ("O0", True),
        ("O11", True),
        ("O13", False),
    ]
    assert ledger(mill) == before
    assert mill.rows("select state, row_text from quarantine.rows") == [("erased", None)]


def test_later_deliveries_do_not_bring_the_customer_back(mill: Mill) -> None:
    deliver(mill, 1)
    mill.load()
    erase_ann(mill)
    deliver(mill, 2)
    mill.load()

    kept = everything(mill.warehouse)
    assert not [word for word in (ANN, MAIL, pseudonyms().of("mill", ANN)) if word in kept]
    assert mill.value("select count(*) from raw.mill__orders where order_id = 'O21' and customer_id is null")
    received, promoted, unchanged, quarantined, rejected = ledger(mill)
    assert rejected == 1  # her own row among the customers
    assert received == promoted + unchanged + quarantined + rejected  # type: ignore[operator]
    assert mill.rows("select state, row_text from quarantine.rows order by 1") == [("erased", None)] * 2


def test_it_ends_as_if_the_customer_had_always_been_a_guest(mill: Mill) -> None:
    deliver(mill, 1)
    mill.load()
    erase_ann(mill)
    deliver(mill, 2)
    mill.load()
    erased_between = current(mill)

    with mill.warehouse.connect("admin", autocommit=True) as admin:
        admin.execute("alter table audit.load_batches disable trigger user")
        for schema, table in admin.execute(
            "select schemaname, tablename from pg_tables where schemaname in ('landing', 'raw', 'quarantine')"
            " or tablename in ('load_batches', 'promotions', 'gate_results')"
        ).fetchall():
            admin.execute(f"truncate {schema}.{table} cascade")
        admin.execute("alter table audit.load_batches enable trigger user")
    mill.load()
    assert current(mill) == erased_between


def test_the_same_file_once_more_changes_nothing(mill: Mill) -> None:
    deliver(mill, 1)
    mill.load()
    erase_ann(mill)
    deliver(mill, 1)
    done = mill.load()
    assert (done.promoted_rows, done.rejected_rows) == (0, 1)


def test_without_the_key_nothing_is_promoted(mill: Mill, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the erased would come back under it, unnoticed."""
    deliver(mill, 1)
    mill.load()
    erase_ann(mill)
    deliver(mill, 2)
    monkeypatch.setenv("EVERGREEN_ERASURE_KEY", "another")
    settings_module.reset()
    with pytest.raises(EvergreenError, match="EVERGREEN_ERASURE_KEY"):
        mill.load()


def test_the_record_names_nobody(mill: Mill) -> None:
    deliver(mill, 1)
    mill.load()
    erase_ann(mill)
    [(key, state, reason, rows)] = mill.rows(
        "select person_key, state, reason, erased_rows from audit.erasures"
    )
    assert (state, reason) == ("finished", "request 1")
    assert key not in (ANN, pseudonyms().of("mill", ANN))
    assert rows["anonymous"] == {"raw.mill__customers": 1, "raw.mill__orders": 2, "raw.mill__responses": 1}
    assert rows["blank"] == {"quarantine.rows": 1, "raw.mill__answers": 1}


def test_who_is_unknown_cannot_be_erased(mill: Mill) -> None:
    deliver(mill, 1)
    mill.load()
    with pytest.raises(EvergreenError, match="nothing about this customer"):
        erase(mill.warehouse, {"mill": mill.source}, [Person("mill", "CUST-0")])
    nobody = pytest.raises(EvergreenError, match="is no customer's key")
    with mill.warehouse.connect("steward") as steward, nobody:
        people.behind(steward, [mill.source], "0" * 24)


def test_a_pseudonym_leads_to_the_customer(mill: Mill) -> None:
    deliver(mill, 1)
    mill.load()
    with mill.warehouse.connect("steward") as steward:
        assert people.behind(steward, [mill.source], pseudonyms().of("mill", ANN)) == [PERSON]
    assert people.named({"mill": mill.source}, "mill", ANN) == [PERSON]


def test_no_release_that_showed_the_customer_can_be_gone_back_to(mill: Mill) -> None:
    mill.source = source(LINES)
    header = "Order,Quantity,Price,Sold,Customer"
    for day in (1, 2, 3):
        mill.deliver(f"2026-01-0{day}.csv", header, f"A{day},1,3,,{ANN}", f"B{day},1,3,,CUST-1")
        mill.load()
        build_and_publish(mill.warehouse)
    key = pseudonyms().of("mill", ANN)
    erase(mill.warehouse, {"mill": mill.source}, [PERSON])
    assert finish(mill.warehouse) == 0  # the live release shows her still
    build_and_publish(mill.warehouse)
    assert finish(mill.warehouse) == 1

    assert key not in everything(mill.warehouse)
    assert mill.value("select sales from marts.totals") == 6
    with pytest.raises(EvergreenError, match="is not kept"):
        rollback(mill.warehouse)

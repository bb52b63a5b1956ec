"""A table of a database becomes a source by its catalogue and a look at its rows, and can be loaded then."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from evergreen.errors import EvergreenError
from evergreen.loading import gate, landing, promotion
from evergreen.onboarding.database import sample_table
from evergreen.onboarding.definition import definition
from evergreen.onboarding.models import model_files
from evergreen.onboarding.plan import Plan, plan_source
from evergreen.onboarding.profile import profiles
from evergreen.onboarding.roles import guess_roles
from evergreen.sources.definition import Source
from evergreen.warehouse.connections import Warehouse
from loading.conftest import EasyJudge

TABLES = """
create schema sales;
create table public.orders (
    id bigint primary key, client_no integer not null, e_mail text, created_at timestamptz not null,
    total numeric(10, 2), updated_at timestamptz not null
);
insert into public.orders
select n, n % 3, 'c' || n % 3 || '@example.org', '2026-01-01 10:00+00'::timestamptz + n * interval '1 day',
    n * 1.5, now() - interval '1 hour'
from generate_series(1, 10) as n;
create table sales.items (
    item uuid primary key default gen_random_uuid(), order_id text, customer_id text, sold text, sku text,
    qty integer, unit_price numeric
);
insert into sales.items (order_id, customer_id, sold, sku, qty, unit_price)
select 'O' || n / 4, 'C' || n % 3, case n when 7 then '31.02.2026' else '05.01.2026' end, 'A1', 1, 2
from generate_series(1, 40) as n;
create table public.empty (id integer);
"""


@pytest.fixture
def shop(warehouse: Warehouse) -> str:
    """The address of a database with some tables."""
    with warehouse.connect("admin") as admin:
        admin.execute(TABLES)
    return warehouse.url("admin")


def look(location: str, table: str) -> Plan:
    sample = sample_table(location, table)
    columns = profiles(sample)
    return plan_source("mine", sample, columns, guess_roles(columns, {}, sample.address))


def source(plan: Plan) -> Source:
    return Source.model_validate(yaml.safe_load(definition(plan)))


def test_one_row_per_order(shop: str) -> None:
    plan = look(shop, "orders")
    assert (plan.key, plan.primary_key, plan.updated_at) == (("order_id",), ("order_id",), "updated_at")
    assert "reader: postgres" in definition(plan) and shop.rpartition("@")[0] not in definition(plan)
    table = source(plan).tables["sales"]
    assert (table.relation, table.key, table.updated_at, table.look_back.days) == (
        "public.orders",
        ("order_id",),
        "updated_at",
        1,
    )
    assert {column.name: (column.type, column.identifies or column.personal) for column in table.columns} == {
        "order_id": ("text", "order"),
        "customer_id": ("text", "customer"),
        "e_mail": ("text", True),
        "ordered_at": ("timestamp", False),
        "line_amount": ("numeric", False),
        "updated_at": ("timestamp", False),
    }
    assert "updated_at: updated_at says when a row changed: only what changed is read" in plan.notes


def test_lines_are_known_by_the_primary_key(shop: str) -> None:
    plan = look(shop, "sales.items")
    table = source(plan).tables["sales"]
    assert (table.key, table.updated_at, plan.key) == (("item",), None, ())
    assert table.column("ordered_at").clean == ("day_first",)
    assert any("1 of 40 values are no dates, e.g. line 7 '31.02.2026'" in note for note in plan.notes)
    assert any("every run reads the whole table" in note for note in plan.notes)
    staged = model_files(plan)["models/staging/mine/stg_mine__sales.sql"]
    assert "cast(item as {{ dbt.type_string() }}) as line_key" in staged
    assert "_key," not in staged.replace("line_key,", "")


def test_what_is_written_can_be_loaded(
    shop: str, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(gate, "Judge", EasyJudge)
    mine = source(look(shop, "orders"))
    landing.land(warehouse, mine, shop)
    gate.gate(warehouse, mine)
    done = promotion.promote(warehouse, mine)
    assert (done.received_rows, done.promoted_rows) == (10, 10)
    with warehouse.connect("admin") as admin:
        admin.execute("update public.orders set total = 99, updated_at = now() where id = 3")
    landing.land(warehouse, mine, shop)
    gate.gate(warehouse, mine)
    assert promotion.promote(warehouse, mine).promoted_rows == 1


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (None, "name a table by --table: there are public.empty, public.orders, "),
        ("nothing", "there is no table public.nothing"),
        ("empty", "public.empty in .*: holds no row"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(shop: str, table: str | None, complaint: str) -> None:
    with pytest.raises(EvergreenError, match=complaint) as caught:
        sample_table(shop, table)
    assert "\n" not in str(caught.value)

"""Tables of another Postgres database: what changed, as of one moment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from evergreen.errors import EvergreenError
from evergreen.sources.definition import Source
from evergreen.sources.discovery import check, discover
from evergreen.sources.postgres import PostgresDelivery
from evergreen.warehouse.connections import Warehouse
from sources.making import never

SHOP = Source.model_validate(
    {
        "source": "shop",
        "reader": "postgres",
        "tables": {
            "lines": {
                "from": "public.Lines",
                "key": ["line_id"],
                "references": {"order_id": "orders.order_id"},
                "columns": {"line_id": {}, "order_id": {}},
            },
            "orders": {
                "key": ["order_id"],
                "updated_at": "changed",
                "look_back": "1 day",
                "ignore": ["secret"],
                "columns": {
                    "order_id": {"from": "Id"},
                    "note": {},
                    "changed": {"from": "updated_at", "type": "timestamp"},
                },
            },
        },
    }
)


class Shop:
    """The other database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection = psycopg.connect(url, autocommit=True)

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.connection.execute(statement.encode())

    def read(self, source: Source = SHOP, **cursors: str | None) -> list[PostgresDelivery]:
        return [d for d in discover(source, self.url, never, cursors) if isinstance(d, PostgresDelivery)]


@pytest.fixture
def shop(session_warehouse: Warehouse) -> Iterator[Shop]:
    shop = Shop(session_warehouse.database("reader_test_shop"))
    shop.run(
        'create table orders ("Id" int, note text, secret text, updated_at timestamptz)',
        'create table "Lines" (line_id int, order_id int)',
        "insert into orders select i, 'n' || i, 'x', timestamptz '2020-01-01Z' + i * interval '12 hours'"
        " from generate_series(1, 10) as i",
        'insert into "Lines" select i, i from generate_series(1, 3) as i',
    )
    yield shop
    shop.connection.close()
    with session_warehouse.connect("admin", autocommit=True) as admin:
        admin.execute("drop database reader_test_shop with (force)")


def rows(delivery: PostgresDelivery) -> list[str]:
    with delivery.open() as stream:
        return sorted(b"".join(stream.blocks).decode().splitlines())


def test_first_everything_parents_before_children(shop: Shop) -> None:
    orders, lines = shop.read()
    with orders.open() as stream:
        assert stream.columns == ["Id", "note", "updated_at"]
        assert SHOP.tables["orders"].match(stream.columns).fits
        assert stream.copy_options.startswith("FORMAT csv")
        first, *_ = b"".join(stream.blocks).decode().splitlines()
    assert first == "1,n1,2020-01-01 12:00:00+00"
    assert (orders.table, orders.cursor, orders.is_complete) == ("orders", "2020-01-06 00:00:00+00", True)
    assert orders.file_or_cursor == "updated_at to 2020-01-06 00:00:00+00"
    assert (lines.table, lines.file_or_cursor, lines.cursor, lines.is_complete) == (
        "lines",
        "whole table",
        None,
        True,
    )
    assert rows(lines) == ["1,1", "2,2", "3,3"]


def test_then_what_changed_and_a_day_before_it(shop: Shop) -> None:
    first = shop.read()[0]
    shop.run("insert into orders values (11, 'new', 'x', '2020-01-07Z'), (12, 'timeless', 'x', null)")
    orders = shop.read(orders=first.cursor)[0]
    assert [row.split(",")[0] for row in rows(orders)] == ["10", "11", "12", "8", "9"]
    assert orders.cursor == "2020-01-07 00:00:00+00" and not orders.is_complete


def test_a_table_without_change_is_left_out(shop: Shop) -> None:
    ledger = {(d.table, d.file_or_cursor, d.fingerprint) for d in shop.read()}

    def again() -> list[str]:
        cursors = {"orders": "2020-01-06 00:00:00+00"}
        return [d.table for d in discover(SHOP, shop.url, lambda *key: key in ledger, cursors)]

    assert again() == []
    shop.run("update orders set note = 'late', updated_at = '2020-01-05 12:00Z' where \"Id\" = 1")
    assert again() == ["orders"]
    shop.run('update "Lines" set order_id = 2 where line_id = 1')
    assert again() == ["orders", "lines"]


def test_all_tables_are_of_one_moment(shop: Shop) -> None:
    deliveries = discover(SHOP, shop.url, never, {})
    orders = next(deliveries)
    shop.run('insert into "Lines" values (9, 9)')
    lines = next(deliveries)
    assert isinstance(orders, PostgresDelivery) and isinstance(lines, PostgresDelivery)
    assert rows(lines) == ["1,1", "2,2", "3,3"]
    assert len(rows(orders)) == 10


def test_a_reading_left_half_way_spoils_nothing(shop: Shop) -> None:
    shop.run(
        "insert into orders select i, repeat('x', 100), '', '2020-01-01' from generate_series(20, 60000) as i"
    )
    orders, lines = shop.read()
    with orders.open() as stream:
        assert len(next(stream.blocks)) > 100_000
    assert len(rows(lines)) == 3 and len(rows(orders)) == 59_991


def test_a_wrong_clock_does_not_carry_the_mark_away(shop: Shop) -> None:
    shop.run("insert into orders values (11, 'from the future', 'x', '2999-01-01Z')")
    orders = shop.read()[0]
    assert orders.cursor == "2020-01-06 00:00:00+00"
    assert "11,from the future,2999-01-01 00:00:00+00" in rows(shop.read(orders=orders.cursor)[0])


def test_an_empty_table_delivers_nothing_until_it_had_something(shop: Shop) -> None:
    shop.run("delete from orders")
    assert [d.table for d in shop.read()] == ["lines"]
    assert rows(shop.read(orders="2020-01-06 00:00:00+00")[0]) == []


def test_awkward_values_come_through(shop: Shop) -> None:
    shop.run(
        "truncate orders",
        "insert into orders values (1, E'a,\"b\"\\r\\n\\\\.\\n', '', '2020-01-01Z'), (2, '', '', null)",
    )
    orders = shop.read()[0]
    with orders.open() as stream:
        fields = [record.fields for record in stream.reopen_tolerant()]
    assert fields == [["1", 'a,"b"\r\n\\.\n', "2020-01-01 00:00:00+00"], ["2", "", None]]


def test_names_are_quoted(shop: Shop) -> None:
    shop.run('create table "we""ird; drop" ("a""b" int)', 'insert into "we""ird; drop" values (1)')
    table = {"from": 'public.we"ird; drop', "key": "all", "columns": {"a": {"from": 'a"b'}}}
    source = Source.model_validate({"source": "shop", "reader": "postgres", "tables": {"t": table}})
    assert rows(shop.read(source)[0]) == ["1"]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ('drop table "Lines"', "there is no table public.Lines"),
        (
            "alter table orders rename updated_at to moved_at",
            "table public.orders has no column updated_at, which tells what changed: "
            "see tables.orders in sources/shop.yml",
        ),
        (
            "alter table orders alter updated_at type int using 1",
            "table public.orders has updated_at of type integer: look_back needs a time: "
            "see tables.orders in sources/shop.yml",
        ),
    ],
)
def test_what_the_shop_lacks_is_named(shop: Shop, statement: str, message: str) -> None:
    check(SHOP, shop.url)
    shop.run(statement)
    with pytest.raises(EvergreenError) as caught:
        shop.read()
    known = psycopg.conninfo.conninfo_to_dict(shop.url)
    assert str(caught.value) == f"database {known['host']}:{known['port']}/reader_test_shop: {message}"


def refused(location: str) -> str:
    with pytest.raises(EvergreenError) as caught:
        list(discover(SHOP, location, never, {}))
    message = str(caught.value)
    assert "\n" not in message and "s3cret" not in message
    return message


def test_a_wrong_password(shop: Shop) -> None:
    known: dict[str, Any] = dict(psycopg.conninfo.conninfo_to_dict(shop.url))
    location = f"postgresql://{known['user']}:s3cret@{known['host']}:{known['port']}/{known['dbname']}"
    message = refused(location)
    assert message.startswith(
        f"database {known['host']}:{known['port']}/reader_test_shop: cannot be reached ("
    )
    assert "password authentication failed" in message


def test_databases_that_cannot_be_reached() -> None:
    assert refused("postgresql://u:s3cret@127.0.0.1:9/shop").startswith(
        "database 127.0.0.1:9/shop: cannot be reached (connection failed: "
    )
    assert refused("host=127.0.0.1 port=9 dbname=shop password=s3cret").startswith(
        "database 127.0.0.1:9/shop: cannot"
    )
    assert refused("postgresql://u:s3cret@x@y:port/shop").startswith(
        "the database's address cannot be read: write "
    )
    assert refused("postgresql://u:%s3cret@host/shop").startswith(
        "the database's address cannot be read: write "
    )


def test_a_connection_of_airflow(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW_CONN_SHOP_DATABASE", shop.url)
    assert [d.table for d in discover(SHOP, "shop_database", never, {})] == ["orders", "lines"]

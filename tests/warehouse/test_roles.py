"""What each role can do, and above all what it cannot."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from evergreen.warehouse import migrate
from evergreen.warehouse.connections import Role, Warehouse

DENIED = psycopg.errors.InsufficientPrivilege
READABLE = {
    "reader": {"marts", "audit"},
    "steward": {"quarantine", "pii", "audit"},
    "loader": {"landing", "quarantine", "raw", "audit"},
    "transformer": {
        *(
            "raw",
            "staging",
            "input_layer",
            "intermediate",
            "kept",
            "core",
            "marts_candidate",
            "marts_1",
            "marts_2",
            "marts_3",
        ),
        *("predictions", "estimates", "marts", "audit"),
    },
}


@pytest.fixture(scope="module")
def filled(session_warehouse: Warehouse) -> Iterator[Warehouse]:
    """A warehouse in which every schema has a relation, each made by who makes such in earnest."""
    warehouse = session_warehouse
    built = READABLE["transformer"] - {"raw", "predictions", "estimates", "marts", "audit"}
    with warehouse.connect("loader") as loader:
        loader.execute("create unlogged table landing.probe (value text)")
        loader.execute("create table raw.probe (value text)")
    with warehouse.connect("transformer") as transformer:
        for schema in sorted(built):
            transformer.execute(f"create table {schema}.probe as select value from raw.probe")
        transformer.execute("create view marts.probe as select value from core.probe")
    yield warehouse
    with warehouse.connect("admin") as admin:
        admin.execute("drop view marts.probe")
        for schema in sorted(built | {"raw", "landing"}):
            admin.execute(f"drop table {schema}.probe")


@pytest.mark.parametrize("role", READABLE)
def test_a_role_reads_its_schemas_and_no_other(filled: Warehouse, role: Role) -> None:
    with filled.connect("admin") as admin:
        relations = admin.execute(
            """
            select nspname, format('%I.%I', nspname, relname)
            from pg_class join pg_namespace on pg_namespace.oid = relnamespace
            where relkind in ('r', 'v') and nspname not in ('pg_catalog', 'information_schema')
            """
        ).fetchall()
    readable = set()
    with filled.connect(role, autocommit=True) as connection:
        for schema, relation in relations:
            try:
                connection.execute(f"select * from {relation} limit 0")
                readable.add(schema)
            except DENIED:
                assert schema not in READABLE[role] - {"raw", "quarantine"}, relation

    assert {schema for schema, _ in relations} == set.union(*READABLE.values())
    assert readable == READABLE[role]


@pytest.mark.parametrize("role", READABLE)
def test_a_role_sees_nothing_of_other_schemas(filled: Warehouse, role: Role) -> None:
    with filled.connect(role) as connection:
        rows = connection.execute(
            r"select nspname from pg_namespace where has_schema_privilege(oid, 'usage') and nspname !~ '^pg_'"
        ).fetchall()

    writes_only = {"pii"} if role == "loader" else set()
    assert {name for (name,) in rows} - {"information_schema"} == READABLE[role] | writes_only


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("reader", "delete from audit.releases"),
        ("reader", "create table marts.mine ()"),
        ("reader", "create table public.mine ()"),
        ("reader", "create temporary table mine ()"),
        ("reader", "create schema mine"),
        ("reader", "select lo_create(0)"),
        ("reader", "create or replace view marts.probe as select 'forged'::text as value"),
        ("reader", "set role postgres"),
        ("reader", "select pg_read_file('/etc/passwd')"),
        ("reader", "copy (select 1) to program 'cat'"),
        ("loader", "select identifier from pii.customers"),
        ("loader", "select personal from pii.customers"),
        ("loader", "select from core.probe"),
        ("loader", "create table marts.mine ()"),
        ("loader", "insert into audit.releases (release_id) values (1)"),
        ("loader", "delete from audit.load_batches"),
        ("loader", "truncate audit.load_batches"),
        ("loader", "alter table audit.load_batches disable trigger keep_finished_batch"),
        ("transformer", "select from pii.customers"),
        ("transformer", "select from quarantine.rows"),
        ("transformer", "select from landing.probe"),
        ("transformer", "insert into raw.probe values ('x')"),
        ("transformer", "delete from raw.probe"),
        ("transformer", "insert into audit.load_batches (source) values ('s')"),
        ("transformer", "create schema mine"),
        ("steward", "select from raw.probe"),
        ("steward", "select from marts.probe"),
        ("steward", "insert into pii.customers (source, customer_id) values ('s', 'c')"),
        ("steward", "update audit.load_batches set message = 'x'"),
    ],
)
def test_what_a_role_must_not_do(filled: Warehouse, role: Role, statement: str) -> None:
    with filled.connect(role, autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = off")  # a wish of ours, not the barrier
        with pytest.raises(DENIED):
            connection.execute(statement)


def test_a_reader_starts_out_reading_and_in_the_marts(filled: Warehouse) -> None:
    with filled.connect("reader") as connection:
        settings = [
            connection.execute(f"show {name}").fetchone()
            for name in ("default_transaction_read_only", "search_path", "statement_timeout", "lock_timeout")
        ]
        connection.execute("select value from probe")
        connection.execute("select is_live from releases")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("create temporary table mine ()")

    assert settings == [("on",), ("marts, audit",), ("15min",), ("30s",)]


def test_the_loader_writes_what_a_promotion_writes(filled: Warehouse) -> None:
    with filled.connect("loader") as connection:
        batch = connection.execute(
            "insert into audit.load_batches (source, source_table, file_or_cursor) values ('s', 't', 'f') "
            "returning batch_id"
        ).fetchone()
        assert batch
        promotion = connection.execute(
            "insert into audit.promotions (source) values ('s') returning promotion_id"
        ).fetchone()
        assert promotion
        connection.execute("insert into raw.changes values (%s, 's', 't', 'customer', 'c')", promotion)
        connection.execute(
            "insert into audit.gate_results (batch_id, rule, severity, passed) "
            "values (%s, 'r', 'critical', true)",
            batch,
        )
        for table in ("rows", "batches"):
            connection.execute(
                f"insert into quarantine.{table} (batch_id, source, source_table, line_number, rule) "
                "values (%s, 's', 't', 2, 'r')",
                batch,
            )
        for name in ("Ann", "Anne"):
            connection.execute(
                "delete from pii.customers "
                "where (source, customer_id) = ('s', 'c') and _row_hash <> md5(%s)::uuid",
                [name],
            )
            connection.execute(
                "insert into pii.customers (source, customer_id, personal, _row_hash) "
                "values ('s', 'c', jsonb_build_object('full_name', %s::text), md5(%s)::uuid) "
                "on conflict (source, customer_id) do nothing",
                [name, name],
            )
        connection.execute("update audit.load_batches set status = 'promoted', promotion_id = %s", promotion)
        connection.rollback()


def test_the_transformer_publishes(filled: Warehouse) -> None:
    with filled.connect("transformer") as connection:
        connection.execute(
            "insert into audit.candidate (generation, as_of_date, through_promotion) "
            "values (1, '2011-12-09', 0)"
        )
        connection.execute(
            "insert into audit.releases (release_id, generation, as_of_date, through_promotion, is_live) "
            "select release_id, generation, as_of_date, through_promotion, true from audit.candidate"
        )
        connection.execute("delete from audit.candidate")
        connection.execute("create or replace view marts.probe as select value from marts_1.probe")
        connection.execute("create view marts.new as select 1 as one")
        connection.execute("create temporary table scratch as select 1 as one")
        granted = connection.execute(
            "select has_table_privilege(%s, 'marts.new', 'select')", [filled.role_name("reader")]
        ).fetchone()
        assert granted == (True,)
        connection.rollback()


def test_the_steward_decides_about_quarantine_and_erases(filled: Warehouse) -> None:
    with filled.connect("steward") as connection:
        connection.execute("update quarantine.rows set state = 'discarded' where row_id = 0")
        connection.execute("select personal from pii.customers")
        connection.execute("delete from pii.customers where customer_id = 'c'")
        connection.execute("insert into audit.erasures (person_key) values ('c')")
        connection.rollback()


def test_a_right_that_was_given_by_hand_is_taken_back(warehouse: Warehouse) -> None:
    reader = warehouse.role_name("reader")
    with warehouse.connect("admin") as admin:
        admin.execute(f"grant usage on schema pii to {reader}; grant select on pii.customers to {reader}")

    migrate.apply(warehouse)

    with warehouse.connect("reader") as connection:
        left = connection.execute(
            """
            select has_schema_privilege(pg_namespace.oid, 'usage'),
                   has_table_privilege(pg_class.oid, 'select')
            from pg_class join pg_namespace on pg_namespace.oid = relnamespace
            where nspname = 'pii' and relname = 'customers'
            """
        ).fetchone()
    assert left == (False, False)


def test_a_password_that_changed_is_set_anew(warehouse: Warehouse) -> None:
    role = warehouse.role_name("loader")
    with warehouse.connect("admin") as admin:
        admin.execute(f"alter role {role} password 'other'")

    migrate.apply(warehouse)

    with warehouse.connect("loader") as connection:
        assert connection.execute("select current_user").fetchone() == (role,)

"""Schema migrations: once each, in order, whole or not at all; and what the tables themselves guarantee."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from evergreen.errors import EvergreenError
from evergreen.warehouse import migrate
from evergreen.warehouse.connections import Connection, Warehouse
from evergreen.warehouse.roles import SCHEMAS

COUNTS = "received_rows, promoted_rows, unchanged_rows, quarantined_rows, rejected_rows"
REQUIRED = {
    "audit.load_batches": COUNTS.replace(",", "") + " batch_id source source_table file_or_cursor status "
    "started_at finished_at fingerprint delivered_on promotion_id message",
    "audit.promotions": "promotion_id",
    "audit.gate_results": "batch_id rule column_name severity passed failing_rows",
    "audit.candidate": "release_id generation as_of_date through_promotion since_promotion "
    "previous_as_of_date is_full opened_at state",
    "audit.releases": "release_id generation as_of_date through_promotion published_at is_live "
    "active_sources configuration_hash state",
    "audit.value_model_runs": "as_of_date model parameters log_likelihood",
    "audit.erasures": "person_key",
    "quarantine.rows": "batch_id source_table line_number rule row_text state",
    "quarantine.batches": "batch_id source_table line_number row_text state",
    "pii.customers": "customer_id source identifier _batch_id",
    "raw.changes": "promotion_id source source_table key_kind key_value",
}


@pytest.fixture
def admin(warehouse: Warehouse) -> Connection:
    return warehouse.connect("admin", autocommit=True)


def folder_with(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name.removeprefix('n')}.sql").write_text(text, encoding="utf-8")
    return folder


def test_a_second_time_there_is_nothing_to_do(warehouse: Warehouse, admin: Connection) -> None:
    known = [item.number for item in migrate.migrations()]
    assert known == sorted(known)
    before = admin.execute("select * from audit.schema_migrations order by number").fetchall()
    assert [row[0] for row in before] == known

    assert migrate.apply(warehouse) == []

    assert admin.execute("select * from audit.schema_migrations order by number").fetchall() == before


def test_two_at_once_apply_each_file_once(warehouse: Warehouse, tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "m", n090_slow="select pg_sleep(0.2); create table public.once ()")

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: migrate.apply(warehouse, folder), range(2)))

    assert sorted(results, key=len) == [[], ["090_slow"]]


def test_a_file_that_fails_leaves_nothing_behind(
    warehouse: Warehouse, admin: Connection, tmp_path: Path
) -> None:
    folder = folder_with(
        tmp_path / "m", n090_good="create table public.good ()", n091_bad="create table public.bad (); selec"
    )

    with pytest.raises(psycopg.errors.SyntaxError):
        migrate.apply(warehouse, folder)

    row = admin.execute("select to_regclass('public.good')::text, to_regclass('public.bad')::text").fetchone()
    assert row == ("good", None)
    assert admin.execute("select max(number) from audit.schema_migrations").fetchone() == (90,)


def test_a_file_changed_afterwards_is_refused(warehouse: Warehouse, tmp_path: Path) -> None:
    migrate.apply(warehouse, folder_with(tmp_path / "m", n090_first="select 1"))

    with pytest.raises(EvergreenError, match=r"090_first\.sql: was changed after"):
        migrate.apply(warehouse, folder_with(tmp_path / "m", n090_first="select 2"))


def test_what_a_later_version_has_migrated_is_refused(
    warehouse: Warehouse, admin: Connection, tmp_path: Path
) -> None:
    migrate.apply(warehouse, folder_with(tmp_path / "later", n090_first="select 1", n091_second="select 1"))

    with pytest.raises(EvergreenError, match=r"later version of Evergreen has migrated it \(to 091_second\)"):
        migrate.apply(warehouse, folder_with(tmp_path / "m", n090_first="create table public.early ()"))
    with pytest.raises(EvergreenError, match="run that version or a newer one"):
        migrate.apply(warehouse)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"n1_first": ""}, "is called NNN_subject"),
        ({"n001_first": "", "n001_other": ""}, r"001_other\.sql: number 001 is taken by 001_first"),
    ],
)
def test_names_that_do_not_fit_are_refused(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(EvergreenError, match=said):
        migrate.migrations(folder_with(tmp_path / "m", **files))


def test_somebody_elses_schemas_are_left_alone(session_warehouse: Warehouse, warehouse: Warehouse) -> None:
    with warehouse.connect("admin", autocommit=True) as connection:
        connection.execute("drop table audit.schema_migrations")
        before = connection.execute("select count(*) from pg_class").fetchone()

        with pytest.raises(EvergreenError, match=r"same names already \(audit, core, .*database of its own"):
            migrate.apply(warehouse)

        assert connection.execute("select count(*) from pg_class").fetchone() == before


def test_what_others_rely_on_is_there_and_described(session_warehouse: Warehouse) -> None:
    with session_warehouse.connect("admin") as connection:
        schemas = connection.execute(
            "select nspname, obj_description(oid) from pg_namespace where nspname = any(%s)", [list(SCHEMAS)]
        ).fetchall()
        columns = connection.execute(
            """
            select format('%s.%s', nspname, relname), attname, obj_description(pg_class.oid), col_description(pg_class.oid, attnum)
            from pg_class
            join pg_namespace on pg_namespace.oid = relnamespace
            join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
            where relkind = 'r' and nspname in ('audit', 'quarantine', 'pii', 'raw')
            """  # noqa: E501
        ).fetchall()

    assert {name for name, description in schemas if description} == set(SCHEMAS)
    assert [row for row in columns if not (row[2] and row[3])] == []
    for table, names in REQUIRED.items():
        assert set(names.split()) <= {column for name, column, _, _ in columns if name == table}, table

"""A backup holds everything, and a restore brings it back whole or changes nothing."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from evergreen.errors import EvergreenError
from evergreen.warehouse import backup as backups
from evergreen.warehouse import migrate
from evergreen.warehouse.backup import backup, restore
from evergreen.warehouse.connections import Warehouse


@pytest.fixture
def filled(warehouse: Warehouse) -> Warehouse:
    """A warehouse with a table that the loader made, a view for readers, and a batch in the ledger."""
    with warehouse.connect("loader") as loader:
        loader.execute("create table raw.orders as select 'A' as order_id, 1 as amount")
        loader.execute("create unlogged table landing.orders as select 'B' as order_id")
        loader.execute(
            "insert into audit.load_batches (source, source_table, file_or_cursor) values ('s', 't', 'f')"
        )
    with warehouse.connect("transformer") as transformer:
        transformer.execute("create table core.orders as select * from raw.orders")
        transformer.execute("create unlogged table kept._belong_to as select 1 as release_id")
        transformer.execute("create view marts.orders as select * from core.orders")
    return warehouse


def amount(warehouse: Warehouse) -> int:
    with warehouse.connect("reader") as reader:
        row = reader.execute("select amount from orders").fetchone()
    assert row
    return int(row[0])


def spoil(warehouse: Warehouse) -> None:
    with warehouse.connect("transformer") as transformer:
        transformer.execute("update core.orders set amount = 2")
        transformer.execute("create table marts_1.later ()")


def test_what_was_there_is_there_again(filled: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / "warehouse.dump"
    assert backup(filled, file) == file.stat().st_size
    assert file.stat().st_mode & 0o077 == 0
    spoil(filled)
    restore(filled, file, replace=True)

    assert amount(filled) == 1
    with filled.connect("admin") as admin:
        assert admin.execute("select to_regclass('marts_1.later')").fetchone() == (None,)
        assert admin.execute("select count(*) from landing.orders").fetchone() == (0,)
        assert admin.execute("select count(*) from kept._belong_to").fetchone() == (0,)
        number = admin.execute(
            "insert into audit.load_batches (source, source_table, file_or_cursor) values ('s', 't', 'f') "
            "returning batch_id"
        ).fetchone()
    assert number == (2,)


def test_owners_and_rights_are_as_before(filled: Warehouse, tmp_path: Path) -> None:
    backup(filled, tmp_path / "dump")
    restore(filled, tmp_path / "dump", replace=True)
    with filled.connect("loader") as loader:
        loader.execute("alter table raw.orders add column more text")
    with filled.connect("reader") as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute("select from raw.orders")
    assert migrate.apply(filled) == []


def test_a_warehouse_is_not_overwritten_unasked(filled: Warehouse, tmp_path: Path) -> None:
    backup(filled, tmp_path / "dump")
    spoil(filled)
    with pytest.raises(EvergreenError, match="--replace"):
        restore(filled, tmp_path / "dump")
    assert amount(filled) == 2


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.7, 0.9])
def test_a_file_cut_short_changes_nothing(filled: Warehouse, tmp_path: Path, kept: float) -> None:
    """What is left of it is good SQL: tables with fewer rows, and no word of the others."""
    file = tmp_path / "dump"
    with filled.connect("loader") as loader:
        loader.execute(
            "create table raw.more as select md5(i::text) as item from generate_series(1, 20000) i"
        )
    backup(filled, file)
    spoil(filled)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(EvergreenError, match=r"dump: is damaged .*: nothing was changed"):
        restore(filled, file, replace=True)
    assert amount(filled) == 2
    with filled.connect("admin") as admin:
        assert admin.execute("select count(*) from raw.more").fetchone() == (20_000,)


def test_what_the_server_refuses_changes_nothing(filled: Warehouse, tmp_path: Path) -> None:
    file = tmp_path / "dump"
    with filled.connect("admin") as admin:
        admin.execute("create role stranger")
        admin.execute("create table core.another as select md5(i::text) from generate_series(1, 20000) i")
        admin.execute("alter table core.another owner to stranger")
    backup(filled, file)
    with filled.connect("admin") as admin:
        admin.execute("drop table core.another")
        admin.execute("drop role stranger")
    with pytest.raises(EvergreenError, match="stranger"):
        restore(filled, file, replace=True)
    assert amount(filled) == 1


@pytest.mark.parametrize("content", [None, b"no dump"])
def test_what_is_no_backup_is_refused(filled: Warehouse, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "dump"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(EvergreenError, match=r"is not there|is no backup"):
        restore(filled, file, replace=True)
    assert amount(filled) == 1


def test_a_dump_that_is_ended_leaves_the_backup_before(
    filled: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "dump"
    file.write_bytes(b"of yesterday")
    monkeypatch.setattr(backups, "_program", lambda *_: ["sh", "-c", "kill -XFSZ $$"])  # as under `ulimit -f`
    with pytest.raises(EvergreenError, match="sh: File size limit exceeded"):
        backup(filled, file)
    assert [(found.name, found.read_bytes()) for found in tmp_path.iterdir()] == [("dump", b"of yesterday")]


def test_a_folder_that_is_not_there_is_said(filled: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(EvergreenError, match="cannot be written"):
        backup(filled, tmp_path / "nowhere" / "dump")

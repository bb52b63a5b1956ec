"""Schema migrations: numbered SQL files, each applied once, in its own transaction."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg

from evergreen.errors import EvergreenError
from evergreen.warehouse import roles
from evergreen.warehouse.connections import Connection, Warehouse

FOLDER = Path(__file__).parent / "migrations"
_NAME = re.compile(r"(\d{3})_([a-z0-9_]+)\.sql")
_TRIES = 3


@dataclass(frozen=True)
class Migration:
    """One numbered file."""

    number: int
    subject: str
    text: str

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return f"{self.number:03}_{self.subject}"

    @property
    def checksum(self) -> str:
        """Hash of the file's text, by which a later change is noticed."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """Return the migrations of `folder` by number.

    Raises:
        EvergreenError: a file is not called NNN_subject.sql, or a number occurs twice.
    """
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if not match:
            raise EvergreenError(f"{path}: a migration is called NNN_subject.sql: rename it")
        number = int(match[1])
        if number in found:
            raise EvergreenError(
                f"{path}: number {match[1]} is taken by {found[number].name}: use the next one"
            )
        found[number] = Migration(number, match[2], path.read_text(encoding="utf-8"))
    return list(found.values())


def apply(warehouse: Warehouse, folder: Path = FOLDER) -> list[str]:
    """Apply what is pending, then set roles and grants; return the names of the migrations applied.

    One process at a time does so (an advisory lock); a second one waits and finds nothing left to do.

    Raises:
        EvergreenError: a file that was applied before has been changed since, or a later version of Evergreen
            has been at work here.
    """
    with warehouse.connect("admin", autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext('evergreen migrations'))")
        _refuse_foreign(connection, warehouse)
        _prepare_ledger(connection)
        known = migrations(folder)
        _refuse_later(connection, warehouse, known)
        pending = _pending(connection, known)
        for item in pending:
            _apply_one(connection, item)
        try:
            _set_roles(connection, warehouse)
        except psycopg.errors.InsufficientPrivilege as error:
            raise EvergreenError(
                f"{warehouse.place}: user {warehouse.role_name('admin')} may not set roles and grants "
                f"({error.diag.message_primary}): use the user that made them, or a superuser"
            ) from None
    return [item.name for item in pending]


def _refuse_foreign(connection: Connection, warehouse: Warehouse) -> None:
    """Refuse a database in which somebody else has schemas of our names."""
    found = connection.execute(
        """
        select string_agg(nspname, ', ' order by nspname)
        from pg_namespace
        where nspname = any(%s) and to_regclass('audit.schema_migrations') is null
        """,
        [list(roles.SCHEMAS)],
    ).fetchone()
    if found and found[0]:
        raise EvergreenError(
            f"{warehouse.place}: has schemas of the same names already ({found[0]}): "
            "let EVERGREEN_DATABASE_URL name a database of its own"
        )


def _prepare_ledger(connection: Connection) -> None:
    connection.execute(
        """
        set client_min_messages = warning;
        create schema if not exists audit;
        create table if not exists audit.schema_migrations (
            number integer primary key,
            subject text not null,
            checksum text not null,
            applied_at timestamptz not null default clock_timestamp()
        );
        comment on table audit.schema_migrations is 'One row per schema migration that was applied.';
        comment on column audit.schema_migrations.number is 'Number of the migration file';
        comment on column audit.schema_migrations.subject is 'Subject in the name of the migration file';
        comment on column audit.schema_migrations.checksum is 'SHA-256 of the file as it was applied';
        comment on column audit.schema_migrations.applied_at is 'When it was applied';
        """
    )


def _refuse_later(connection: Connection, warehouse: Warehouse, known: list[Migration]) -> None:
    """Refuse a database that a later version has migrated: nobody knows what this one would break there."""
    row = connection.execute(
        """
        select to_char(number, 'FM000') || '_' || subject
        from audit.schema_migrations
        where number > %s
        order by number desc
        limit 1
        """,
        [max((item.number for item in known), default=0)],
    ).fetchone()
    if row:
        raise EvergreenError(
            f"{warehouse.place}: a later version of Evergreen has migrated it (to {row[0]}): "
            "run that version or a newer one, or restore a backup made before"
        )


def _pending(connection: Connection, known: list[Migration]) -> list[Migration]:
    rows = connection.execute("select number, checksum from audit.schema_migrations").fetchall()
    applied: dict[int, str] = dict(rows)
    for item in known:
        if applied.get(item.number, item.checksum) != item.checksum:
            raise EvergreenError(
                f"{FOLDER / item.name}.sql: was changed after it had been applied to this database: "
                "restore it and put the change into a new file"
            )
    return [item for item in known if item.number not in applied]


def _apply_one(connection: Connection, item: Migration) -> None:
    with connection.transaction():
        connection.execute(item.text.encode())
        connection.execute(
            "insert into audit.schema_migrations (number, subject, checksum) values (%s, %s, %s)",
            [item.number, item.subject, item.checksum],
        )


def _set_roles(connection: Connection, warehouse: Warehouse) -> None:
    """Set roles and grants; repeat where a session that makes tables meanwhile is in the way."""
    for left in reversed(range(_TRIES)):
        try:
            with connection.transaction():
                roles.prepare(connection, warehouse)
        except (psycopg.errors.InternalError_, psycopg.errors.DeadlockDetected):
            if not left:
                raise
        else:
            return

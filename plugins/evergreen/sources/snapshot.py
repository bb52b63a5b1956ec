"""One moment of another Postgres database, to read as many tables from as there are."""

from __future__ import annotations

import weakref
from collections.abc import Generator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import psycopg
from psycopg import sql

from evergreen.errors import EvergreenError
from evergreen.sources.connections import connection
from evergreen.sources.locations import scheme

Query = sql.SQL | sql.Composed

ROWS_PER_BLOCK = 8192
SETTINGS = (
    "timezone = 'UTC'",
    "datestyle = 'ISO, YMD'",
    "bytea_output = 'hex'",
    "idle_in_transaction_session_timeout = 0",
    "statement_timeout = 0",
)


@dataclass(frozen=True, slots=True)
class Relation:
    """A table as the database has it.

    types: of each column, as SQL writes them.
    """

    name: sql.Identifier
    shown: str
    types: dict[str, str]

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        return list(self.types)


class Snapshot:
    """A read-only, repeatable-read transaction.

    Parents and children are of the same moment, so no line arrives without its order. The connection is
    closed when nothing refers to the snapshot any more.
    """

    def __init__(self, location: str) -> None:
        parameters = _parameters(location)
        self.address = "{host}:{port}/{dbname}".format(
            **{"host": "localhost", "port": 5432, "dbname": "", **parameters}
        )
        try:
            self._connection = psycopg.connect(**parameters)
        except psycopg.Error as error:
            raise EvergreenError(f"database {self.address}: cannot be reached ({_reason(error)})") from None
        weakref.finalize(self, self._connection.close)
        self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self._connection.read_only = True
        for setting in SETTINGS:
            self._connection.execute(sql.SQL("set " + setting))

    def rows(self, query: Query) -> list[tuple[Any, ...]]:
        """Run a query; return its rows."""
        try:
            rows: list[tuple[Any, ...]] = self._connection.execute(query).fetchall()
        except psycopg.Error as error:
            raise self._failed(error) from None
        return rows

    def relation(self, name: str) -> Relation:
        """Look up `schema.table`.

        Raises:
            EvergreenError: there is none, or it may not be read.
        """
        identifier = sql.Identifier(*name.split("."))
        query = sql.SQL("select * from {} limit 0").format(identifier)
        try:
            described = self._connection.execute(query).description or ()
        except psycopg.errors.UndefinedTable:
            raise EvergreenError(f"database {self.address}: there is no table {name}") from None
        except psycopg.Error as error:
            raise self._failed(error) from None
        [(kinds,)] = self.rows(
            sql.SQL("select array(select format_type(oid, null) from unnest({}::oid[]) as oid)").format(
                sql.Literal([column.type_code for column in described])
            )
        )
        return Relation(identifier, name, {c.name: kind for c, kind in zip(described, kinds, strict=True)})

    def copied(self, query: Query) -> Generator[bytes]:
        """Yield the result of a query as CSV, in blocks."""
        copy = sql.SQL("copy ({}) to stdout (format csv, encoding 'UTF8')").format(query)
        try:
            # A savepoint, so that a reading left half way does not spoil the snapshot.
            with (
                self._connection.transaction(),
                self._connection.cursor() as cursor,
                cursor.copy(copy) as rows,
            ):
                lines = iter(rows)
                while block := b"".join(islice(lines, ROWS_PER_BLOCK)):
                    yield block
        except psycopg.Error as error:
            raise self._failed(error) from None

    def _failed(self, error: psycopg.Error) -> EvergreenError:
        return EvergreenError(f"database {self.address}: {_reason(error)}")


def _parameters(location: str) -> dict[str, Any]:
    """Turn a URL, a `host=… dbname=…` text or the id of a connection into what psycopg takes."""
    if scheme(location) or "=" in location:
        given = _parsed(location)
    else:
        known = connection(location)
        given = {
            "host": known.host,
            "port": known.port,
            "user": known.login,
            "password": known.password,
            "dbname": known.schema,
            **{key: value for key, value in known.extra_dejson.items() if key.startswith("ssl")},
        }
    given = {key: value for key, value in given.items() if value is not None}
    return {"connect_timeout": 10, "application_name": "evergreen", **given, "client_encoding": "UTF8"}


def _parsed(location: str) -> dict[str, Any]:
    try:
        given: dict[str, Any] = dict(psycopg.conninfo.conninfo_to_dict(location))
    except psycopg.Error:
        given = {"host": "@"}
    # A @ in the host is one in the password that was not written as %40: half of it would show in messages.
    if "@" in str(given.get("host", "")):
        raise EvergreenError(
            "the database's address cannot be read: write postgresql://user:password@host:port/database, "
            "special characters in the password as %XX"
        )
    return given


def _reason(error: psycopg.Error) -> str:
    return " ".join(str(error).split())[:400]

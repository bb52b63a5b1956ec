"""The shop's database: making its tables, and the clock that says which day it is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import psycopg

from evergreen.errors import EvergreenError
from evergreen.simulator.calendar import Calendar
from evergreen.simulator.request import Request
from evergreen.simulator.tables import SHOP, SURVEYS, TRUTH, Table

FUTURE = "simulator.future_"


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection]:
    """Connect for one transaction, in UTC.

    Raises:
        EvergreenError: there is no way to the database.
    """
    try:
        connection = psycopg.connect(url)
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise EvergreenError(f"the shop's database cannot be reached ({reason}): check its URL") from None
    with connection:
        connection.execute("set timezone to 'UTC'")
        connection.execute("set client_min_messages to warning")
        yield connection


def make_room(connection: psycopg.Connection, *, replace: bool) -> None:
    """Create the shop's tables and schema `simulator`, without keys; of an older shop nothing is left.

    Raises:
        EvergreenError: there is a shop already, and it is not to be replaced.
    """
    if not replace:
        _refuse_if_taken(connection)
    connection.execute("drop schema if exists simulator cascade")
    connection.execute("create schema simulator")
    for table in SHOP:
        connection.execute(f"drop table if exists public.{table.name}")
        _create(connection, f"public.{table.name}", table)
    for table in (*SHOP, *SURVEYS):
        _create(connection, f"{FUTURE}{table.name}", table)
    for table in TRUTH:
        _create(connection, f"simulator.{table.name}", table)
    connection.execute(
        "create table simulator.clock (today date not null, first_day date not null, last_day date not null,"
        " customers bigint not null, years double precision not null, preset text not null,"
        " seed bigint not null)"
    )


def _refuse_if_taken(connection: psycopg.Connection) -> None:
    taken = connection.execute(
        "select schemaname || '.' || tablename from pg_tables where schemaname = 'simulator'"
        " or (schemaname = 'public' and tablename = any(%s)) order by 1 limit 1",
        [[table.name for table in SHOP]],
    ).fetchone()
    if taken:
        raise EvergreenError(f"the shop's database holds {taken[0]} already: use an empty one, or replace it")


def _create(connection: psycopg.Connection, name: str, table: Table) -> None:
    definitions = ", ".join(f"{column} {kind}" for column, kind in table.columns.items())
    connection.execute(f"create table {name} ({definitions})")


def finish(connection: psycopg.Connection, calendar: Calendar, request: Request) -> None:
    """Add keys and indexes once the rows are in, and set the clock."""
    connection.execute("set local maintenance_work_mem to '256MB'")
    for table in SHOP:
        _add_key(connection, f"public.{table.name}", table)
        connection.execute(f"create index on public.{table.name} (updated_at)")
    for table in TRUTH:
        _add_key(connection, f"simulator.{table.name}", table)
    for table in (*SHOP, *SURVEYS):
        connection.execute(f"create index on {FUTURE}{table.name} (updated_at)")
    connection.execute(
        "insert into simulator.clock values (%s, %s, %s, %s, %s, %s, %s)",
        [
            calendar.today,
            calendar.first_day,
            calendar.last_day,
            request.customers,
            request.years,
            request.preset,
            request.seed,
        ],
    )


def _add_key(connection: psycopg.Connection, name: str, table: Table) -> None:
    connection.execute(f"alter table {name} add primary key ({', '.join(table.key)})")


def clock(connection: psycopg.Connection, *, lock: bool = False) -> tuple[date, date]:
    """Return the shop's today and its last simulated day.

    Raises:
        EvergreenError: there is no simulated shop.
    """
    there = connection.execute("select to_regclass('simulator.clock')").fetchone()
    if not there or there[0] is None:
        raise EvergreenError("the shop's database holds no simulated shop: simulate one first")
    row = connection.execute(
        f"select today, last_day from simulator.clock{' for update' if lock else ''}"
    ).fetchone()
    assert row is not None
    return row[0], row[1]

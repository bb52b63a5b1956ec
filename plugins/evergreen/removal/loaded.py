"""What was loaded of a source, and how it is taken out of the warehouse again.

The ledger of load batches stays, as history: its rows never change, but for being marked as forgotten, so
that what the source delivered before may be loaded anew. Marts and facts are not changed in place: the
removal is a promotion whose changes are not listed, so the next build computes everything anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import sql

from evergreen.errors import EvergreenError
from evergreen.loading.locks import lock_promotion
from evergreen.loading.relations import comma, compose, relations_named
from evergreen.removal.standstill import number, standstill
from evergreen.warehouse.connections import Connection, Warehouse

PROMOTER = "removal"

SHAPED = ("staging", "input_layer", "intermediate")
"""Schemas of views that every full build makes anew."""

_SHARED = ("quarantine.rows", "quarantine.batches", "pii.customers", "raw.changes")
"""Tables of all sources, with a column `source`."""


@dataclass(frozen=True)
class Loaded:
    """What the warehouse holds of a source.

    tables: `<source>__<table>` of each table that was ever loaded, or is defined.
    rows: relation → how many, of relations that hold any; all versions of a row count.
    batches: in the ledger, that are not forgotten yet.
    """

    source: str
    tables: list[str]
    rows: dict[str, int]
    batches: int

    def __bool__(self) -> bool:
        """Whether there is anything to take out."""
        return bool(self.rows or self.batches)


def find(connection: Connection, source: str, defined: Iterable[str]) -> Loaded:
    """Return what the warehouse holds of a source, as the owner; `defined`: the tables of its definition."""
    known = connection.execute(
        "select distinct source_table from audit.load_batches where coalesce(origin_source, source) = %s",
        [source],
    ).fetchall()
    tables = sorted({f"{source}__{name}" for name in {*defined, *(name for (name,) in known)}})
    everything = sql.SQL("")
    of_source = compose("where source = {source}", source=sql.Literal(source))
    conditions = {f"raw.{name}": everything for name in tables if _exists(connection, f"raw.{name}")}
    rows = {
        name: _count(connection, name, condition)
        for name, condition in (conditions | dict.fromkeys(_SHARED, of_source)).items()
    }
    batches = _count(
        connection,
        "audit.load_batches",
        compose(
            "where coalesce(origin_source, source) = {source} and forgotten_in is null",
            source=sql.Literal(source),
        ),
    )
    return Loaded(source, tables, {name: count for name, count in rows.items() if count}, batches)


def forget(warehouse: Warehouse, loaded: Loaded) -> None:
    """Take out what was loaded: all of it or, where something is in the way, nothing.

    Loads and builds that are under way are waited for; an unfinished candidate is given up. The live release
    shows the source until the next one is published.

    Raises:
        EvergreenError: a view that no build makes reads the source's tables.
    """
    with standstill(warehouse, [loaded.source]):
        with warehouse.connect("admin") as connection, connection.transaction():
            lock_promotion(connection)
            _refuse_foreign_views(connection, loaded)
            if loaded.batches:
                _forget_batches(connection, loaded.source)
            for name in loaded.tables:
                _drop(connection, name)
            for name in _SHARED:
                statement = compose("delete from {name} where source = %s", name=_identifier(name))
                connection.execute(statement, [loaded.source])
        with warehouse.connect("admin", autocommit=True) as connection:
            for name in _SHARED:  # no dead version of a row keeps what was taken out
                connection.execute(compose("vacuum {name}", name=_identifier(name)))


def _forget_batches(connection: Connection, source: str) -> None:
    """Number the removal as a promotion, and mark the batches of the source with it."""
    promotion = number(connection, PROMOTER)
    connection.execute(
        """
        update audit.load_batches
        set status = 'lost', message = 'was on its way when its source was taken out'
        where coalesce(origin_source, source) = %s and finished_at is null
        """,
        [source],
    )
    connection.execute(
        """
        update audit.load_batches set forgotten_in = %s
        where coalesce(origin_source, source) = %s and forgotten_in is null
        """,
        [promotion, source],
    )


def _drop(connection: Connection, name: str) -> None:
    """Drop the tables of a source table, and the views of the last build that read them."""
    names = relations_named(name)
    listed = comma([names.raw, names.landing, *names.working])
    connection.execute("set local client_min_messages = warning")
    connection.execute(compose("drop table if exists {names} cascade", names=listed))


def _refuse_foreign_views(connection: Connection, loaded: Loaded) -> None:
    """Dropping takes along whatever reads the tables: only views that the next build brings back may go."""
    found = connection.execute(
        """
        with recursive readers as (
            select rewrite.ev_class as view
            from pg_depend as depends
            inner join pg_rewrite as rewrite
                on depends.classid = 'pg_rewrite'::regclass and rewrite.oid = depends.objid
            inner join pg_class as class
                on depends.refclassid = 'pg_class'::regclass and class.oid = depends.refobjid
            where class.relnamespace = 'raw'::regnamespace and class.relname = any(%s)
            union
            select rewrite.ev_class
            from readers
            inner join pg_depend as depends
                on depends.refclassid = 'pg_class'::regclass and depends.refobjid = readers.view
            inner join pg_rewrite as rewrite
                on depends.classid = 'pg_rewrite'::regclass and rewrite.oid = depends.objid
        )

        select view::regclass::text
        from readers
        inner join pg_class as class on class.oid = readers.view
        where class.relnamespace::regnamespace::text <> all(%s)
        order by 1
        """,
        [loaded.tables, list(SHAPED)],
    ).fetchall()
    if found:
        raise EvergreenError(
            f"source {loaded.source}: {', '.join(name for (name,) in found)} reads what was loaded of it, "
            "and no build would make it again: drop it first"
        )


def _count(connection: Connection, name: str, condition: sql.Composable) -> int:
    statement = compose("select count(*) from {name} {where}", name=_identifier(name), where=condition)
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0


def _exists(connection: Connection, name: str) -> bool:
    row = connection.execute("select to_regclass(%s) is not null", [name]).fetchone()
    return bool(row and row[0])


def _identifier(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))

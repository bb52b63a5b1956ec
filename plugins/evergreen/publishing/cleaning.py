"""What the passing of time leaves behind in the house of releases."""

from __future__ import annotations

from psycopg import sql

from evergreen.publishing.candidate import SCHEMA, building, empty
from evergreen.publishing.releases import fact_tables, forget_unreachable, live_release, schema_of
from evergreen.warehouse.connections import Connection, Warehouse

GENERATIONS = (1, 2, 3)


def clean_releases(warehouse: Warehouse) -> int:
    """Delete the rows of facts that no kept release shows, and let Postgres reuse their space.

    Returns:
        How many rows were deleted.
    """
    with building(warehouse) as connection:
        deleted = forget_unreachable(connection)
        for name in fact_tables(connection):
            connection.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier("core", name)))
    return deleted


def clear_steps(warehouse: Warehouse) -> None:
    """Empty the tables in which a build worked its way to the marts: half of the disk, and nobody reads them.

    Does nothing while a candidate is open, which may be in the middle of them.
    """
    with building(warehouse) as connection, connection.transaction():
        if connection.execute("select from audit.candidate").rowcount:
            return
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'intermediate'::regnamespace and relkind = 'r'"
        ).fetchall()
        if tables:
            names = sql.SQL(", ").join(sql.Identifier("intermediate", name) for (name,) in tables)
            connection.execute(sql.SQL("truncate {}").format(names))


def forget_earlier(connection: Connection) -> None:
    """Give up every release but the live one, with its marts and the versions of facts it alone showed.

    For what must not be gone back to. The caller holds the build lock, in autocommit mode.
    """
    with connection.transaction():
        live = live_release(connection)
        for generation in GENERATIONS:
            if live is None or generation != live.generation:
                empty(connection, schema_of(generation))
        empty(connection, SCHEMA)
        connection.execute("update audit.releases set state = 'retired' where not is_live")
        forget_unreachable(connection)
    for name in fact_tables(connection):
        connection.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier("core", name)))

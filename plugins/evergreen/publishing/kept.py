"""Steps that one build leaves to the next (`dbt_project/macros/kept.sql`), and whether they may be relied on.

They are unlogged, and so is the table that tells which release they were built for: a crash empties both.
"""

from __future__ import annotations

from psycopg import sql

from evergreen.warehouse.connections import Connection

SCHEMA = "kept"
_BUILT_FOR = "_built_for"


def take_over(connection: Connection, live: int | None) -> None:
    """Let a candidate begin with the steps that release `live` left, or, if these are others', without any.

    None: everything is computed anew. From here on they are nobody's, until `leave` says whose.
    """
    connection.execute(f"create unlogged table if not exists {SCHEMA}.{_BUILT_FOR} (release_id bigint)")
    found = connection.execute(f"delete from {SCHEMA}.{_BUILT_FOR} returning release_id").fetchall()
    if live is None or found != [(live,)]:
        _drop(connection)


def leave(connection: Connection, release_id: int) -> None:
    """Say that the steps are those of this release, which the caller's transaction publishes."""
    connection.execute(f"insert into {SCHEMA}.{_BUILT_FOR} values (%s)", [release_id])


def _drop(connection: Connection) -> None:
    steps = connection.execute(
        "select relname from pg_class"
        " where relnamespace = %s::regnamespace and relkind = 'r' and relname <> %s",
        [SCHEMA, _BUILT_FOR],
    ).fetchall()
    if steps:
        names = sql.SQL(", ").join(sql.Identifier(SCHEMA, name) for (name,) in steps)
        connection.execute(sql.SQL("drop table {} cascade").format(names))

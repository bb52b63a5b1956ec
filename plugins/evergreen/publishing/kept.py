"""Steps that one build leaves to the next (`dbt_project/macros/kept.sql`), and whether they may be relied on.

They are unlogged, as all steps are, and so is the table that tells which release they are of: a crash empties
them all.
"""

from __future__ import annotations

from psycopg import sql

from evergreen.warehouse.connections import Connection

SCHEMA = "kept"
_OWNER = "_belong_to"


def take_over(connection: Connection, candidate: int, live: int | None) -> None:
    """Let a candidate begin with the steps that release `live` left, or, if these are others', without any.

    None: everything is computed anew. From here on they are the candidate's, and no other build's.
    """
    _make_owner(connection)
    found = connection.execute(f"delete from {SCHEMA}.{_OWNER} returning release_id, is_published").fetchall()
    connection.execute(f"insert into {SCHEMA}.{_OWNER} values (%s, false)", [candidate])
    if live is None or found != [(live, True)]:
        _drop(connection)


def are_whole(connection: Connection, candidate: int) -> bool:
    """Tell whether no crash of the server has emptied the steps since the candidate took them over."""
    _make_owner(connection)
    found = connection.execute(f"select from {SCHEMA}.{_OWNER} where release_id = %s", [candidate])
    return found.rowcount == 1


def leave(connection: Connection, release_id: int) -> None:
    """Leave the steps to who comes after this release, which the caller's transaction publishes."""
    connection.execute(
        f"update {SCHEMA}.{_OWNER} set is_published = true where release_id = %s", [release_id]
    )


def _make_owner(connection: Connection) -> None:
    connection.execute(
        f"create unlogged table if not exists {SCHEMA}.{_OWNER} (release_id bigint, is_published boolean)"
    )


def _drop(connection: Connection) -> None:
    steps = connection.execute(
        "select relname from pg_class"
        " where relnamespace = %s::regnamespace and relkind = 'r' and relname <> %s",
        [SCHEMA, _OWNER],
    ).fetchall()
    if steps:
        names = sql.SQL(", ").join(sql.Identifier(SCHEMA, name) for (name,) in steps)
        connection.execute(sql.SQL("drop table {} cascade").format(names))

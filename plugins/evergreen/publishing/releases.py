"""The releases that were published, and the facts that no release reaches any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from psycopg import sql
from psycopg.rows import class_row

from evergreen.warehouse.connections import Connection, Warehouse


@dataclass(frozen=True)
class Release:
    """A row of `audit.releases`.

    state: `published` while its marts are kept and it can be live, `retired` once they are gone.
    """

    release_id: int
    generation: int
    as_of_date: date
    through_promotion: int
    is_live: bool
    is_full: bool
    active_sources: list[str]
    configuration_hash: str | None
    state: str
    published_at: datetime


def schema_of(generation: int) -> str:
    """Return the schema that holds the marts of a published release of this generation."""
    return f"marts_{generation}"


_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, Release.__dataclass_fields__))


def releases(warehouse: Warehouse) -> list[Release]:
    """Return all releases, the newest first."""
    with warehouse.connect("transformer") as connection:
        return _select(connection, "order by release_id desc")


def live_release(connection: Connection) -> Release | None:
    """Return the release that readers see, None before the first."""
    found = _select(connection, "where is_live")
    return found[0] if found else None


def kept_releases(connection: Connection) -> list[Release]:
    """Return the releases whose marts are still there, the newest first."""
    return _select(connection, "where state <> 'retired' order by release_id desc")


def _select(connection: Connection, rest: str) -> list[Release]:
    with connection.cursor(row_factory=class_row(Release)) as cursor:
        return cursor.execute(
            sql.SQL("select {} from audit.releases {}").format(_COLUMNS, sql.SQL(rest))
        ).fetchall()


def fact_tables(connection: Connection) -> list[str]:
    """Return the tables of `core` whose rows carry the releases they belong to."""
    found = connection.execute(
        """
        select class.relname
        from pg_class as class
        where
            class.relnamespace = 'core'::regnamespace
            and class.relkind = 'r'
            and 2 = (
                select count(*)
                from pg_attribute as attribute
                where
                    attribute.attrelid = class.oid
                    and attribute.attname in ('_from_release', '_to_release')
                    and not attribute.attisdropped
            )
        order by class.relname
        """
    ).fetchall()
    return [name for (name,) in found]


def undo_above(connection: Connection, release_id: int) -> None:
    """Take back what releases after `release_id` wrote into the facts; those releases are retired."""
    for name in fact_tables(connection):
        table = sql.Identifier("core", name)
        connection.execute(sql.SQL("delete from {} where _from_release > %s").format(table), [release_id])
        connection.execute(
            sql.SQL("update {} set _to_release = null where _to_release > %s").format(table), [release_id]
        )
    connection.execute(
        "update audit.releases set state = 'retired' where release_id > %s and state <> 'retired'",
        [release_id],
    )


def forget_unreachable(connection: Connection) -> int:
    """Delete the rows of facts that no kept release shows; return how many."""
    kept = kept_releases(connection)
    if not kept:
        return 0
    oldest = kept[-1].release_id
    deleted = 0
    for name in fact_tables(connection):
        statement = sql.SQL("delete from {} where _to_release <= %s").format(sql.Identifier("core", name))
        deleted += connection.execute(statement, [oldest]).rowcount
    return deleted

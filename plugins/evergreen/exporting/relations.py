"""What can be exported: the marts of the live release with their columns, and how a column is written."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from evergreen.errors import EvergreenError
from evergreen.warehouse.connections import Connection

FORMULA = r"^[=+\-@\t\r]"
"""What spreadsheets take for the beginning of a formula, whatever stands behind it."""


@dataclass(frozen=True)
class Mart:
    """A mart: its name, and name and type of its columns, as Postgres says them."""

    name: str
    columns: dict[str, str]


@dataclass(frozen=True)
class Release:
    """The release that a transaction sees."""

    release_id: int
    as_of_date: str


def live_release(connection: Connection) -> Release:
    """Return the live release.

    Raises:
        EvergreenError: nothing is published yet.
    """
    row = connection.execute(
        "select release_id, as_of_date::text from audit.releases where is_live"
    ).fetchone()
    if row is None:
        raise EvergreenError(
            "nothing is published yet, so there is nothing to export: `evergreen run` publishes"
        )
    return Release(*row)


def marts(connection: Connection) -> dict[str, Mart]:
    """Return every mart of the live release, by name."""
    rows = connection.execute(
        """
        select relation.relname, attribute.attname, format_type(attribute.atttypid, null)
        from pg_class as relation
        inner join pg_attribute as attribute on attribute.attrelid = relation.oid
        where
            relation.relnamespace = 'marts'::regnamespace
            and attribute.attnum > 0 and not attribute.attisdropped
        order by relation.relname, attribute.attnum
        """
    ).fetchall()
    found: dict[str, Mart] = {}
    for name, column, kind in rows:
        found.setdefault(name, Mart(name, {})).columns[column] = kind
    return found


def harmless(column: sql.Composable, kind: str) -> sql.Composable:
    """Return SQL for a value as a CSV file holds it: true and false in words, and no text a formula.

    A text that a spreadsheet would compute gets an apostrophe in front, which spreadsheets hide.
    """
    if kind == "boolean":
        return sql.SQL("{}::text").format(column)
    if kind in ("text", "character varying", "json", "jsonb") or kind.endswith("[]"):
        return sql.SQL("case when {0}::text ~ {1} then '''' || {0}::text else {0}::text end").format(
            column, sql.Literal(FORMULA)
        )
    return column

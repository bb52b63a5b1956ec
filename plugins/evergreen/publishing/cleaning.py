"""What the passing of time leaves behind in the house of releases."""

from __future__ import annotations

from psycopg import sql

from evergreen.publishing.candidate import building
from evergreen.publishing.releases import fact_tables, forget_unreachable
from evergreen.warehouse.connections import Warehouse


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

"""What the tasks of the maintenance DAG do."""

from __future__ import annotations

from psycopg import sql

from evergreen import progress
from evergreen.orchestration.outcomes import body
from evergreen.publishing.cleaning import clean_releases as forget_unreachable
from evergreen.sources import registry
from evergreen.sources.definition import Table
from evergreen.warehouse.connections import Connection, Warehouse


@body
def clean_landing() -> int:
    """Delete landed rows of batches that are finished; return how many."""
    from evergreen.loading.locks import loading

    warehouse = Warehouse.open()
    deleted = 0
    for source in registry.load_all().values():
        with loading(warehouse, source.source) as connection:
            deleted += sum(_clean(connection, table) for table in source.tables.values())
    progress.note(f"{deleted:,} landed rows of finished batches deleted")
    return deleted


@body
def clean_releases() -> int:
    """Delete rows of facts that no kept release shows; return how many."""
    deleted = forget_unreachable(Warehouse.open())
    progress.note(f"{deleted:,} rows deleted that no kept release shows")
    return deleted


def _clean(connection: Connection, table: Table) -> int:
    landed = sql.Identifier("landing", table.qualified_name)
    found = connection.execute("select to_regclass(%s)", [f"landing.{table.qualified_name}"]).fetchone()
    if not found or found[0] is None:
        return 0
    deleted = connection.execute(
        sql.SQL(
            """
            delete from {}
            where _batch_id not in (select batch_id from audit.load_batches where finished_at is null)
            """
        ).format(landed)
    ).rowcount
    connection.execute(sql.SQL("vacuum (analyze) {}").format(landed))
    return deleted

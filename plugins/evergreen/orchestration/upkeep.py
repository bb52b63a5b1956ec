"""What the tasks of the maintenance DAG do."""

from __future__ import annotations

from psycopg import sql

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.orchestration import history
from evergreen.orchestration.freshness import stale
from evergreen.orchestration.outcomes import body
from evergreen.publishing.cleaning import clean_releases as forget_unreachable
from evergreen.settings import activation, settings
from evergreen.sources import registry
from evergreen.sources.definition import Table
from evergreen.warehouse.connections import Connection, Warehouse


@body
def clean_landing() -> int:
    """Delete landed rows of batches that are finished; return how many."""
    from evergreen.loading.locks import loading

    warehouse = Warehouse.open()
    deleted = 0
    for source in registry.load_sound().values():
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


@body
def clean_history() -> dict[str, int]:
    """Delete what nobody needs after `keep_days`: logs, Airflow's history, the text of settled quarantine."""
    warehouse = Warehouse.open()
    days = settings().keep_days
    done = {
        "log_files": history.clean_logs(settings().home, days),
        "quarantine_rows": history.blank_settled_quarantine(warehouse, days),
        "changes": history.forget_changes(warehouse),
    }
    history.clean_airflow(warehouse.database("airflow"), days)
    said = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in done.items())
    progress.note(f"{said} cleaned")
    return done


@body
def check_freshness() -> int:
    """Fail, and so alert, where an active source has been silent for longer than its definition allows."""
    active = [source for name, source in registry.load_sound().items() if name in activation()]
    found = stale(Warehouse.open(), active)
    if found:
        raise EvergreenError("; ".join(map(str, found)))
    return len(active)


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

"""What a run did, for the person who started it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from evergreen.cli.tables import aligned
from evergreen.cli.terminal import amount, duration, program
from evergreen.warehouse.connections import Connection, Warehouse


@dataclass(frozen=True)
class Beginning:
    """How things were when a run began, by the server's clock."""

    moment: datetime
    live: int | None

    @classmethod
    def of(cls, warehouse: Warehouse) -> Beginning:
        """Look at the warehouse now."""
        with warehouse.connect("reader") as connection:
            row = connection.execute(
                "select clock_timestamp(), (select release_id from audit.releases where is_live)"
            ).fetchone()
        assert row is not None
        return cls(*row)


def never_promoted(warehouse: Warehouse, sources: Iterable[str]) -> list[str]:
    """Return those of the sources of which nothing was ever promoted."""
    with warehouse.connect("reader") as connection:
        rows = connection.execute(
            """
            select distinct source from audit.load_batches where status = 'promoted' and forgotten_in is null
            """
        )
        promoted = {source for (source,) in rows.fetchall()}
    return [source for source in sources if source not in promoted]


def rejections(warehouse: Warehouse, beginning: Beginning) -> list[str]:
    """Return a line for each batch that was rejected since."""
    with warehouse.connect("reader") as connection:
        rows = connection.execute(
            """
            select batch_id, source, source_table, file_or_cursor, message
            from audit.load_batches
            where finished_at >= %s and status = 'rejected'
            order by batch_id
            """,
            [beginning.moment],
        ).fetchall()
    return [
        f"batch {number} ({source}.{table}, {file}) was rejected: {message or 'see audit.gate_results'}"
        for number, source, table, file, message in rows
    ]


def show_loads(warehouse: Warehouse, beginning: Beginning) -> None:
    """Print the batches that were finished since, by table, and what the gates said."""
    with warehouse.connect("reader") as connection:
        rows = connection.execute(
            """
            select
                source, source_table, count(*),
                sum(received_rows)::bigint, sum(promoted_rows)::bigint, sum(unchanged_rows)::bigint,
                sum(quarantined_rows)::bigint, sum(rejected_rows)::bigint
            from audit.load_batches
            where finished_at >= %s and status <> 'lost'
            group by source, source_table
            order by source, source_table
            """,
            [beginning.moment],
        ).fetchall()
        print()
        if rows:
            headers = [
                "source",
                "table",
                "batches",
                "received",
                "promoted",
                "unchanged",
                "quarantined",
                "rejected",
            ]
            total = ["total", "", *(sum(row[i] for row in rows) for i in range(2, len(headers)))]
            print("\n".join(aligned(headers, [*rows, total] if len(rows) > 1 else rows)))
        else:
            print("Nothing new has arrived.")
        _show_gates(connection, beginning)


def _show_gates(connection: Connection, beginning: Beginning) -> None:
    rows = connection.execute(
        """
        select
            batch_id is null, count(*),
            count(*) filter (where not passed and severity = 'critical'),
            count(*) filter (where not passed and severity = 'warning')
        from audit.gate_results
        where judged_at >= %s
        group by 1
        order by 1
        """,
        [beginning.moment],
    ).fetchall()
    if rows:
        print()
    for of_candidate, checks, critical, warnings in rows:
        subject = "the candidate" if of_candidate else "batches"
        kept = " (what failed is in quarantine)" if critical and not of_candidate else ""
        found = f"{amount(checks, 'checks')}, {critical:,} critical ones failed{kept}"
        print(f"Gate of {subject}: {found}, {amount(warnings, 'warnings')}")


def show_release(warehouse: Warehouse, beginning: Beginning) -> None:
    """Print the live release, and the rows of its marts if it is new."""
    with warehouse.connect("reader") as connection:
        row = connection.execute("select release_id, as_of_date from audit.releases where is_live").fetchone()
        assert row is not None  # a build that has nothing to publish fails
        release_id, as_of = row
        print()
        if release_id == beginning.live:
            print(f"Nothing new to publish: release {release_id} as of {as_of} stays live.")
            return
        rows = connection.execute(
            """
            select now.relation_name, now.row_count, now.row_count - before.row_count
            from audit.release_relations as now
            left join audit.release_relations as before
                on before.release_id = %s and before.relation_name = now.relation_name
            where now.release_id = %s
            order by now.relation_name
            """,
            [beginning.live, release_id],
        ).fetchall()
    since = f" (change since release {beginning.live})" if beginning.live else ""
    print(f"Release {release_id} as of {as_of} is live{since}:")
    shown = [
        (name, "a view", "") if count is None else (name, count, _signed(change))
        for name, count, change in rows
    ]
    print("\n".join(aligned(["mart", "rows", "change"], shown, [False, True, True])))


def _signed(change: int | None) -> str:
    return "new" if change is None else f"{change:+,}" if change else "·"


def show_next(
    warehouse: Warehouse, beginning: Beginning, *, seconds: float, log: Path, page: Path | None
) -> None:
    """Print where the report is, where to connect, what to try next, and how to stop."""
    parameters = warehouse.parameters("reader")
    place = (
        f"postgresql://{parameters['user']}@{parameters['host']}:{parameters['port']}/{parameters['dbname']}"
    )
    ours = program()
    rows = [("Look", f"{page.as_uri()}  (opens in any browser)")] if page else []
    rows.append(("Connect", f"{place}  (with password: {ours} url)"))
    rows.append(("Try next", _first_to_do(warehouse, beginning)))
    rows.append(("", f"{ours} status"))
    rows.append(("", f"{ours} serve    (Airflow: these DAGs with scheduler and web pages)"))
    if warehouse.embedded:
        rows.append(("Stop", f"{ours} stop     (the database server stays up until then)"))
    rows.append(("Log", str(log)))
    print(f"\nDone in {duration(seconds)}.")
    for title, text in rows:
        print(f"  {title:<9} {text}")


def _first_to_do(warehouse: Warehouse, beginning: Beginning) -> str:
    """Return the command that shows the first batch that was rejected since, or else a mart."""
    with warehouse.connect("reader") as connection:
        row = connection.execute(
            """
            select batch_id, coalesce(held.waiting, 0) > 0
            from audit.open_rejections
            left join audit.held_back as held using (batch_id)
            where finished_at >= %s
            order by batch_id
            limit 1
            """,
            [beginning.moment],
        ).fetchone()
    if row is None:
        columns = "cohort_month, months_since_first, active_customers, retention_rate"
        return f'{program()} sql "select {columns} from cohort_retention order by 1, 2 limit 12"'
    number, has_rows = row
    return f"{program()} quarantine show {number}" if has_rows else f"{program()} gates"

"""`evergreen status`: how things stand, and whether somebody has to do something."""

from __future__ import annotations

from datetime import date

import psycopg

from evergreen.cli import locks
from evergreen.cli.access import existing_warehouse, is_held
from evergreen.cli.tables import aligned
from evergreen.cli.terminal import amount
from evergreen.errors import EvergreenError
from evergreen.loading.parents import RULE as WAITS
from evergreen.orchestration import freshness, services
from evergreen.settings import activation, settings
from evergreen.sources import registry
from evergreen.warehouse.connections import Connection, Warehouse

RECENT = 10


def show_status() -> int:
    """Print batches, gates, release and freshness; return 1 if something needs a person, else 0."""
    with existing_warehouse() as warehouse, warehouse.connect("reader") as connection:
        print(f"Warehouse  {warehouse.place}")
        who = _at_work()
        if who:
            print(f"At work    {who}")
        needs = [
            *_failed_runs(warehouse),
            *_show_release(connection, is_at_work=bool(who)),
            *_show_sources(connection),
            *_stale_sources(warehouse),
            *_show_gates(connection),
            *_rejected_batches(connection),
        ]
        _show_quarantine(connection)
    print()
    if not needs:
        print("Nothing needs you.")
        return 0
    print("Needs you:")
    for line in needs:
        print(f"  {line}")
    return 1


def _at_work() -> str | None:
    """Return who loads and builds on this home just now, or whenever something is due."""
    serving = services.running()
    return f"Airflow, http://127.0.0.1:{serving['port']}" if serving else locks.at_work(settings().home)


def _failed_runs(warehouse: Warehouse) -> list[str]:
    """Return a line for each DAG of this home whose last run failed, unless it is being tried again."""
    if locks.at_work(settings().home):
        return []
    serves = bool(services.running())
    again = "triggered in Airflow it is tried again" if serves else "`evergreen run` tries again"
    database = "airflow" if warehouse.embedded else f"{warehouse.name}_airflow"
    try:
        with warehouse.connect("admin", dbname=database) as connection:
            rows = connection.execute(
                """
                select dag_id, to_char(end_date at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
                from (
                    select distinct on (dag_id) dag_id, state, end_date
                    from dag_run
                    where state in ('success', 'failed') or %s -- what nobody runs was cut off
                    order by dag_id, id desc
                ) as latest
                where state = 'failed'
                order by dag_id
                """,
                [serves],
            ).fetchall()
    except (EvergreenError, psycopg.errors.UndefinedTable):
        return []  # Airflow has not run here
    active = {f"load_{name}" for name in activation()}
    return [
        f"{dag} failed on {when} UTC: {again}, and says what is wrong"
        for dag, when in rows
        if dag in active or not dag.startswith("load_")
    ]


def _show_release(connection: Connection, *, is_at_work: bool) -> list[str]:
    row = connection.execute(
        """
        select release_id, as_of_date, to_char(published_at, 'YYYY-MM-DD HH24:MI'), now() - published_at
        from audit.releases
        where is_live
        """
    ).fetchone()
    needs = []
    if row:
        print(f"Release    {row[0]} as of {row[1]}, published {row[2]} UTC ({_ago(row[3])})")
        for later, day in _gone_back_from(connection, row[0]):
            print(f"           gone back to from release {later} as of {day}, which is kept")
    else:
        print("Release    none yet")
    if not row and not is_at_work:
        needs.append("nothing is published yet: `evergreen run` does it, and says what stands in the way")
    unfinished = connection.execute("select release_id from audit.candidate").fetchone()
    if unfinished and not is_held(connection, "evergreen build"):
        needs.append(
            f"candidate {unfinished[0]} was not finished, its build failed or was cut off: "
            "`evergreen run` starts anew"
        )
    return needs


def _gone_back_from(connection: Connection, live: int) -> list[tuple[int, date]]:
    """Return number and as-of date of the last release, where it is later than the live one and kept."""
    return connection.execute(
        """
        select release_id, as_of_date
        from audit.releases
        where release_id > %s and state <> 'retired'
        order by release_id desc
        limit 1
        """,
        [live],
    ).fetchall()


def _show_sources(connection: Connection) -> list[str]:
    # rows that were let in again count once, with the source that delivered them
    rows = connection.execute(
        """
        with batches as (
            select
                batch.*,
                coalesce(batch.origin_source, batch.source) as delivered_by,
                batch.origin_batch_id is null as is_delivery,
                batch.status in ('promoted', 'rejected') as is_decided,
                coalesce(held.waiting, 0) as waiting
            from audit.load_batches as batch
            left join audit.held_back as held using (batch_id)
            where batch.forgotten_in is null
        ),

        counted as (
            select
                delivered_by as source,
                count(*) filter (where status = 'promoted' and is_delivery) as promoted_batches,
                count(*) filter (where finished_at is null) as pending_batches,
                count(*) filter (where status = 'rejected' and is_delivery) as rejected_batches,
                coalesce(sum(received_rows) filter (where is_delivery and is_decided), 0) as received,
                coalesce(sum(promoted_rows) filter (where is_decided), 0) as promoted,
                coalesce(sum(unchanged_rows) filter (where is_decided), 0) as unchanged,
                sum(waiting) as waiting,
                max(finished_at) filter (where status = 'promoted' and is_delivery) as loaded_at,
                max(delivered_on) as delivered_on
            from batches
            group by delivered_by
        )

        select
            source, promoted_batches, pending_batches, rejected_batches,
            received::bigint, promoted::bigint, unchanged::bigint, waiting::bigint,
            (received - promoted - unchanged - waiting)::bigint,
            now() - loaded_at,
            delivered_on
        from counted
        order by source
        """
    ).fetchall()
    active = activation()
    print()
    headers = [
        "source",
        "state",
        "batches",
        "pending",
        "refused",
        "received",
        "promoted",
        "unchanged",
        "quarantine",
        "given up",
        "last load",
        "last delivery",
    ]
    shown = [
        (
            row[0],
            "active" if row[0] in active else "",
            *row[1:9],
            _ago(row[9]) if row[9] else "never",
            row[10],
        )
        for row in rows
    ]
    known = {row[0] for row in rows}
    shown += [(name, "active", *[0] * 8, "never", None) for name in sorted(active) if name not in known]
    print("\n".join(aligned(headers, sorted(shown))))
    needs = [
        f"{name} is active, but nothing of it was promoted yet: `evergreen run` loads it, or says why not"
        for name in sorted(active)
        if not any(row[0] == name and row[1] for row in rows)
    ]
    needs += [
        f"{name}: a load failed or was cut off, batches pending: {count}: `evergreen run` goes on"
        for name, count in connection.execute(
            """
            select coalesce(origin_source, source) as name, count(*)
            from audit.load_batches
            where finished_at is null
            group by name
            order by name
            """
        ).fetchall()
        if not is_held(connection, f"evergreen load {name}")
    ]
    return needs


def _stale_sources(warehouse: Warehouse) -> list[str]:
    """Return a line for each active source that once delivered, and is silent for longer than it may be."""
    sources = []
    for name in sorted(activation()):
        try:
            sources.append(registry.load(name))
        except EvergreenError as error:  # the others are judged all the same
            print(f"\n{error}")
    return [
        f"{stale}: see whether its system still delivers (sources/{stale.source}.yml, fresh_within)"
        for stale in freshness.stale(warehouse, sources)
        if stale.age is not None
    ]


def _show_gates(connection: Connection) -> list[str]:
    """Print the checks that do not hold, of the batches and of the live release or the candidate under way.

    What a batch was held back for is past once everything of it was readmitted, discarded or delivered again.

    Returns:
        A line for each check that stops a candidate; it is gone when a later one is published.
    """
    rows = connection.execute(
        """
        with judged as (
            select release_id, false as is_candidate from audit.releases where is_live
            union all
            select release_id, true from audit.candidate
        )

        select
            coalesce(
                coalesce(batches.origin_source, batches.source) || '.' || batches.source_table,
                'candidate ' || results.release_id
            ),
            results.rule, results.severity,
            sum(results.failing_rows)::bigint, count(distinct results.batch_id),
            to_char(min(results.judged_at), 'YYYY-MM-DD'),
            coalesce(bool_or(judged.is_candidate) and results.severity = 'critical', false)
        from audit.gate_results as results
        left join audit.load_batches as batches using (batch_id)
        left join judged on results.release_id = judged.release_id
        left join audit.held_back as held on held.batch_id = results.batch_id
        where
            not results.passed and (results.batch_id is not null or judged.release_id is not null)
            and batches.forgotten_in is null
            and results.rule <> %s -- as of the promotion; `evergreen gates` asks who waits now
            and (
                results.batch_id is null or results.severity <> 'critical'
                or held.waiting > 0 or results.batch_id in (select batch_id from audit.open_rejections)
            )
        group by 1, 2, 3
        order by
            array_position(array['critical', 'warning', 'info'], results.severity),
            bool_or(results.batch_id is null) desc,
            4 desc
        """,
        [WAITS],
    ).fetchall()
    if rows:
        print("\nChecks that do not hold:")
        headers = ["subject", "rule", "severity", "rows", "batches", "since"]
        print("\n".join(aligned(headers, [row[:-1] for row in rows[:RECENT]])))
    if len(rows) > RECENT:
        print(f"… and {len(rows) - RECENT} more, all of them in audit.gate_results")
    return [
        f"{row[0]} failed {row[1]} for {row[3]:,} rows: mend model or data, then `evergreen run`"
        for row in rows
        if row[-1]
    ]


def _show_quarantine(connection: Connection) -> None:
    [(rows, batches)] = connection.execute(
        "select coalesce(sum(waiting), 0)::bigint, count(*) filter (where waiting > 0) from audit.held_back"
    ).fetchall()
    if rows:
        print(
            f"\nIn quarantine: {amount(rows, 'rows')} of {amount(batches, 'batches')}; "
            "`evergreen quarantine list` says why."
        )


def _rejected_batches(connection: Connection) -> list[str]:
    """Return a line for each rejected delivery that nobody has dealt with."""
    rows = connection.execute(
        """
        select batch_id, source, source_table, file_or_cursor, message
        from audit.open_rejections
        order by batch_id desc
        """
    ).fetchall()
    lines = [
        f"batch {number} ({source}.{table}, {file}) was rejected: {message or 'see its gate results'}"
        for number, source, table, file, message in rows[:RECENT]
    ]
    if len(rows) > RECENT:
        lines.append(f"… and {len(rows) - RECENT} more rejected batches")
    if rows:
        lines.append("deliver a rejected batch corrected, or `evergreen quarantine readmit` or `discard` it")
    return lines


def _ago(span: object) -> str:
    """Say how long ago something was, by the largest unit that fits."""
    seconds = int(span.total_seconds())  # type: ignore[attr-defined]
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"

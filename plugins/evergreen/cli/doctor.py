"""`evergreen doctor`: is everything there that a run needs? One line per check, and what to do."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from evergreen.cli import locks
from evergreen.cli.access import has_warehouse, is_held
from evergreen.cli.terminal import amount
from evergreen.errors import EvergreenError
from evergreen.loading.headers import judge_header, plan_landing
from evergreen.orchestration import services, simulated
from evergreen.orchestration.simulated import SIMULATED
from evergreen.settings import activation, settings
from evergreen.sources import registry
from evergreen.sources.definition import Source
from evergreen.sources.discovery import check as check_source
from evergreen.sources.files import discover
from evergreen.sources.locations import reader_of
from evergreen.warehouse import cluster, machine, server
from evergreen.warehouse.connections import ROLES, Connection, Warehouse

LEAST_FREE = 2 << 30
"""Bytes below which a run may well fill the disk."""

LONG_MINUTES = 5
"""Minutes after which an open transaction of somebody else is worth a word."""

_PACKAGES = ("apache-airflow", "dbt-core", "dbt-postgres", "great-expectations", "psycopg", "pyarrow")


@dataclass(frozen=True)
class Finding:
    """What a check found.

    state: `ok`, `look` (something to know) or `bad` (something to mend).
    advice: what to do; '' where nothing is.
    """

    state: str
    subject: str
    says: str
    advice: str = ""


Findings = Iterator[Finding]


def examine() -> int:
    """Print every finding as it comes; return 1 if something is bad, else 0."""
    states = []
    for found in _findings():
        states.append(found.state)
        print(f"{found.state:<5} {found.subject:<12} {found.says}", flush=True)
        if found.advice:
            print(f"{'':<5} {'':<12} → {found.advice}")
    bad, look = states.count("bad"), states.count("look")
    print(f"\n{len(states)} checks: {bad} bad, {look} to look at." if bad or look else "\nAll is well.")
    return 1 if bad else 0


def _findings() -> Findings:
    yield from _environment()
    yield from _project()
    yield from _home()
    yield from _sources()
    if not has_warehouse():
        yield Finding("ok", "server", "none yet: `evergreen run` sets it up")
        return
    yield from _guarded("server", _server)


def _guarded(subject: str, look: Callable[[], Findings]) -> Findings:
    """Let a check that cannot be made be a finding itself."""
    try:
        yield from look()
    except EvergreenError as error:
        yield Finding("bad", subject, str(error))


def _environment() -> Findings:
    missing = []
    known = []
    for name in _PACKAGES:
        try:
            known.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    yield Finding(
        "bad" if missing else "ok",
        "environment",
        f"missing: {', '.join(missing)}"
        if missing
        else f"Python {platform.python_version()}, {', '.join(known)}",
        "`make install` brings the locked environment" if missing else "",
    )
    memory = amount(machine.memory_bytes(), "bytes")
    yield Finding("ok", "machine", f"{machine.cores()} cores, {memory} of memory")


def _project() -> Findings:
    root = settings().project
    missing = [
        name for name in ("dags", "dbt_project", "expectations", "sources") if not (root / name).is_dir()
    ]
    if missing:
        advice = "set EVERGREEN_PROJECT to the checkout, or unset it"
        yield Finding("bad", "project", f"{root}: lacks {', '.join(missing)}", advice)
        return

    def definitions() -> Findings:
        from evergreen.loading import suites

        sources = registry.load_all()
        for source in sources.values():
            for table in source.tables.values():
                suites.load(table)
        yield Finding("ok", "project", f"{root}: {len(sources)} sources defined: {', '.join(sources)}")

    yield from _guarded("project", definitions)


def _home() -> Findings:
    home = settings().home
    there = next(path for path in (home, *home.parents) if path.exists())
    if not os.access(there, os.W_OK):
        yield Finding(
            "bad", "home", f"{there}: may not be written to", "set EVERGREEN_HOME to a folder of your own"
        )
        return
    open_files = [
        path.name
        for path in (home / "secrets.json", home / "activation.json")
        if path.exists() and path.stat().st_mode & 0o077
    ]
    if open_files:
        names = " ".join(str(home / name) for name in open_files)
        yield Finding("bad", "home", f"others may read {', '.join(open_files)}", f"chmod 600 {names}")
    else:
        yield Finding("ok", "home", str(home) if home.exists() else f"{home}: not made yet")
    yield from _disk("disk", there)
    yield from _runs(home)


def _disk(subject: str, path: Path) -> Findings:
    free = shutil.disk_usage(path).free
    if free < LEAST_FREE:
        advice = "free some space: a load writes every row three times before the old versions go"
        yield Finding("bad", subject, f"{path}: {amount(free, 'bytes')} free", advice)
    else:
        yield Finding("ok", subject, f"{path}: {amount(free, 'bytes')} free")


def _runs(home: Path) -> Findings:
    """Tell who is at work on this home."""
    if who := locks.at_work(home):
        yield Finding("look", "runs", f"{who} is at work on this home", "wait until it is done")
        return
    serving = services.running()
    says = (
        f"Airflow serves this home at port {serving['port']}" if serving else "nobody is at work on this home"
    )
    yield Finding("ok", "runs", says)


def _sources() -> Findings:
    for name, location in sorted(activation().items()):

        def reach(name: str = name, location: str = location) -> Findings:
            if location == SIMULATED:
                simulated.check(name)
                yield Finding("ok", "source", f"{name}: the simulated shop")
                return
            source = registry.load(name)
            check_source(source, location)
            drifts = list(_headers(source, location or source.location or ""))
            yield from drifts or [Finding("ok", "source", f"{name}: can be read")]

        yield from _guarded("source", reach)


def _headers(source: Source, location: str) -> Findings:
    """Hold the header of the newest file of each table against the definition, as the next load would.

    Of a file no more than its beginning is read; one of JSON has no header.
    """
    if reader_of(source, location) != "files":
        return
    newest = {delivery.table: delivery for delivery in discover(source, location, lambda *_: False)}
    for delivery in newest.values():
        if delivery.form.format in ("json", "jsonl"):
            continue
        table = delivery.definition
        where = f"{source.source}.{table.name}: {delivery.file_or_cursor}"
        with delivery.open() as stream:
            header = stream.columns
        if refusal := judge_header(table, header):
            advice = (
                f"have it delivered as before, or mend tables.{table.name} in sources/{source.source}.yml"
            )
            yield Finding("bad", "source", f"{where} is rejected: {refusal.rule}: {refusal.message}", advice)
            continue
        for drift in plan_landing(table, header).drifts:
            yield Finding("look", "source", f"{where}: {drift.message}")


def _server() -> Findings:
    running = server.info() if settings().database_url is None else None
    with Warehouse.borrowed() as warehouse:
        with warehouse.connect("admin") as connection:
            yield _described(connection, warehouse, was_running=running is not None)
            yield from _data_disk(connection)
            yield from _long_transactions(connection)
        yield from _roles(warehouse)
        with warehouse.connect("reader") as connection:
            yield from _landing(connection)
            yield from _release(connection)
            yield from _rejections(connection)


def _described(connection: Connection, warehouse: Warehouse, *, was_running: bool) -> Finding:
    found = connection.execute(
        "select current_setting('server_version'), pg_database_size(current_database())"
    ).fetchone()
    assert found is not None
    state = "" if was_running or not warehouse.embedded else "; it was stopped, and is again after this"
    says = f"PostgreSQL {found[0]} at {warehouse.place}, {amount(found[1], 'bytes')}{state}"
    return Finding("ok", "server", says)


def _data_disk(connection: Connection) -> Findings:
    """Look at the disk of the embedded server where it is not that of the home."""
    place = cluster.found() if settings().database_url is None else None
    if place and place.base != settings().home:
        yield from _disk("disk", place.base)


def _roles(warehouse: Warehouse) -> Findings:
    for role in ROLES:
        try:
            with warehouse.connect(role) as connection:
                connection.execute("select 1")
        except EvergreenError as error:
            yield Finding("bad", "roles", str(error), "`evergreen run` sets roles and passwords anew")
            return
    yield Finding("ok", "roles", f"{', '.join(ROLES)} can connect")


def _long_transactions(connection: Connection) -> Findings:
    """Find transactions that publishing or cleaning may have to wait for."""
    rows = connection.execute(
        """
        select pid, usename, application_name, extract(epoch from now() - xact_start)::int / 60
        from pg_stat_activity
        where
            datname = current_database() and pid <> pg_backend_pid()
            and xact_start < now() - make_interval(mins => %s)
        order by xact_start
        """,
        [LONG_MINUTES],
    ).fetchall()
    for pid, user, application, minutes in rows:
        says = f"a transaction of {user} ({application or 'unnamed'}) has been open for {minutes} minutes"
        advice = "it may keep a release from being published: end it, or evergreen psql --role admin: "
        yield Finding("look", "locks", says, f"{advice}select pg_terminate_backend({pid})")
    if not rows:
        yield Finding("ok", "locks", f"no transaction has been open for {LONG_MINUTES} minutes")


def _landing(connection: Connection) -> Findings:
    rows = connection.execute(
        """
        select
            coalesce(origin_source, source) as name, count(*),
            to_char(min(started_at), 'YYYY-MM-DD HH24:MI')
        from audit.load_batches
        where finished_at is null
        group by name
        order by name
        """
    ).fetchall()
    stale = [row for row in rows if not is_held(connection, f"evergreen load {row[0]}")]
    for source, count, since in stale:
        says = f"{source}: batches that nobody loads: {count}, since {since} UTC"
        advice = (
            "`evergreen run` goes on with them" if source in activation() else "activate the source and run"
        )
        yield Finding("look", "landing", says, advice)
    if not stale:
        yield Finding("ok", "landing", "no batch was left behind")


def _release(connection: Connection) -> Findings:
    row = connection.execute(
        """
        select release_id, as_of_date, now() - published_at > interval '2 days'
        from audit.releases
        where is_live
        """
    ).fetchone()
    if row is None:
        yield Finding("look", "release", "nothing is published yet", "`evergreen run`")
    else:
        says = f"release {row[0]} as of {row[1]} is live"
        late = " and is older than two days" if row[2] else ""
        advice = "`evergreen run`, or `evergreen serve` to let it run every day" if row[2] else ""
        yield Finding("look" if row[2] else "ok", "release", says + late, advice)
    unfinished = connection.execute("select release_id from audit.candidate").fetchone()
    if unfinished and not is_held(connection, "evergreen build"):
        says = f"candidate {unfinished[0]} was not finished"
        yield Finding("look", "release", says, "`evergreen run` starts anew, and says what stands in the way")


def _rejections(connection: Connection) -> Findings:
    """Point to the command that names the deliveries which wait for a person."""
    [count] = connection.execute("select count(*) from audit.open_rejections").fetchone() or (0,)
    if count:
        batches = "1 batch was" if count == 1 else f"{count:,} batches were"
        says = f"{batches} rejected, and nobody has dealt with that yet"
        yield Finding("look", "deliveries", says, "`evergreen status` names what needs you")
    else:
        yield Finding("ok", "deliveries", "no rejected batch waits for somebody")

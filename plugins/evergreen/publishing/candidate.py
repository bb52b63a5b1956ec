"""The candidate: the one release that is being built, where nobody reads it yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.publishing import kept
from evergreen.publishing.releases import kept_releases, live_release, schema_of, undo_above
from evergreen.warehouse import session_locks
from evergreen.warehouse.connections import Connection, Warehouse

# dbt's sessions name themselves so in profiles.yml.
_DBT_SESSION = "evergreen dbt"
# Where its marts are built. The name is always the same: dbt would read the whole project anew for another.
SCHEMA = "marts_candidate"
_UNSETTLED = date(1, 1, 1)
_SETTLED = "building"
_BUILD_LOCK = "evergreen build"


@dataclass(frozen=True)
class Candidate:
    """The row of `audit.candidate`."""

    release_id: int
    generation: int
    as_of_date: date
    through_promotion: int
    since_promotion: int
    previous_as_of_date: date | None
    is_full: bool
    active_sources: list[str]
    configuration_hash: str
    state: str


@contextmanager
def building(warehouse: Warehouse, *, wait: bool = True) -> Iterator[Connection]:
    """Be the only one who builds while the context lasts.

    Every step of a build holds this lock, or its part of it (`adding`); between two steps another build may
    come in, which gives the first one's candidate up (`current` notices).

    Raises:
        EvergreenError: someone else is building and `wait` is False.
    """
    with (
        warehouse.connect("transformer", autocommit=True) as connection,
        session_locks.held(connection, _BUILD_LOCK, busy=_say_that_it_waits if wait else _refuse),
    ):
        yield connection


@contextmanager
def adding(warehouse: Warehouse, schema: str) -> Iterator[Connection]:
    """Be the only one who writes into `schema`, which dbt only reads, while the context lasts.

    Others may add elsewhere, but nobody builds: a candidate that is `current` stays so. A build that comes
    in waits for all who add, and whoever comes after it waits for that build.
    """
    with (
        warehouse.connect("transformer", autocommit=True) as connection,
        # a task that is tried again may find its first try still at work
        session_locks.held(connection, f"evergreen {schema}", busy=_say_that_it_waits),
        session_locks.held(connection, _BUILD_LOCK, busy=_say_that_it_waits, shared=True),
    ):
        yield connection


def _say_that_it_waits() -> None:
    progress.note("Another build is under way: waiting for it")


def _refuse() -> None:
    raise EvergreenError("another build is under way: wait until it is done, then try again")


def open_candidate(warehouse: Warehouse, sources: Sequence[str], configuration: str) -> Candidate:
    """Open the next candidate and return it; what an unfinished one left behind is undone first.

    Its as-of date is not settled yet (`settle`): the input layer reads `audit.candidate` to know which
    promotions count, and only then tells its latest day.

    Args:
        warehouse: where.
        sources: names of the active sources.
        configuration: hash of what it is built with.
    """
    with building(warehouse) as connection:
        _end_orphans(connection)
        with connection.transaction():
            abandon(connection)
            live = live_release(connection)
            generation = _free_generation(connection)
            through = connection.execute("select coalesce(max(promotion_id), 0) from audit.promotions")
            connection.execute(
                """
                insert into audit.candidate (
                    generation, as_of_date, through_promotion, since_promotion, previous_as_of_date,
                    is_full, active_sources, configuration_hash, state
                )
                values (%s, %s, %s, %s, %s, true, %s, %s, 'open')
                """,
                [
                    generation,
                    _UNSETTLED,
                    (through.fetchone() or [0])[0],
                    live.through_promotion if live else 0,
                    live.as_of_date if live else None,
                    sorted(sources),
                    configuration,
                ],
            )
            return _read(connection)


def settle(
    warehouse: Warehouse, release_id: int, as_of: date, *, full_refresh: bool = False
) -> Candidate | None:
    """Give the candidate its as-of date and decide whether everything is computed anew.

    It is, if there is no live release, the sources or the configuration are others, the as-of date moves
    back, a promotion since did not say what it touched, or `full_refresh` asks for it.

    Returns:
        The candidate; None if it would equal the live release, in which case it is given up.
    """
    with building(warehouse) as connection, connection.transaction():
        candidate = current(connection, release_id)
        live = live_release(connection)
        is_full = (
            full_refresh
            or live is None
            or live.active_sources != candidate.active_sources
            or live.configuration_hash != candidate.configuration_hash
            or live.as_of_date > as_of
            or _is_unrecorded(connection, candidate)
        )
        if live and not is_full:
            same = (live.through_promotion, live.as_of_date)
            if same == (candidate.through_promotion, as_of):
                connection.execute("delete from audit.candidate")
                return None
        _make_room(connection, candidate.generation, live.release_id if live else 0)
        kept.take_over(connection, release_id, live.release_id if live and not is_full else None)
        connection.execute(
            "update audit.candidate set as_of_date = %s, is_full = %s, state = %s", [as_of, is_full, _SETTLED]
        )
        return replace(candidate, as_of_date=as_of, is_full=is_full, state=_SETTLED)


def _is_unrecorded(connection: Connection, candidate: Candidate) -> bool:
    """Tell whether a promotion since the live release did not say what it touched.

    It began before there was any release or candidate, and was committed after the first candidate opened.
    """
    row = connection.execute(
        """
        select exists (
            select from audit.promotions
            where promotion_id > %s and promotion_id <= %s and not changes_recorded
        )
        """,
        [candidate.since_promotion, candidate.through_promotion],
    ).fetchone()
    return bool(row and row[0])


def current(connection: Connection, release_id: int) -> Candidate:
    """Return the candidate if it is still the one that the caller has been building.

    Raises:
        EvergreenError: another build has given it up meanwhile, or the server crashed and lost its steps.
    """
    with connection.cursor(row_factory=class_row(_Row)) as cursor:
        row = cursor.execute(_SELECT).fetchone()
    if row is None or row.release_id != release_id:
        raise EvergreenError(
            f"candidate {release_id} was given up: another build began meanwhile and takes everything in, "
            "or an earlier release was gone back to"
        )
    if row.state == _SETTLED and not kept.are_whole(connection, release_id):
        raise EvergreenError(
            f"candidate {release_id} is lost: the server crashed while it was built, which empties the steps "
            "on the way to it; the next build begins anew"
        )
    return row


def abandon(connection: Connection) -> None:
    """Give an unfinished candidate up, and with it what it wrote into the facts."""
    if connection.execute("delete from audit.candidate").rowcount:
        live = live_release(connection)
        undo_above(connection, live.release_id if live else 0)


# The row's columns are the dataclass' fields, in any order.
_Row = Candidate
_SELECT = sql.SQL("select {} from audit.candidate").format(
    sql.SQL(", ").join(map(sql.Identifier, Candidate.__dataclass_fields__))
)


def _read(connection: Connection) -> Candidate:
    with connection.cursor(row_factory=class_row(_Row)) as cursor:
        row = cursor.execute(_SELECT).fetchone()
    assert row is not None
    return row


def _end_orphans(connection: Connection) -> None:
    """End sessions of a dbt whose caller was killed: whoever holds the build lock is the only builder."""
    connection.execute(
        """
        select pg_terminate_backend(pid, 10000)
        from pg_stat_activity
        where application_name = %s and usename = current_user and datname = current_database()
        """,
        [_DBT_SESSION],
    )


def _free_generation(connection: Connection) -> int:
    """Return a generation that is neither the live release's nor that of the one before it."""
    live = live_release(connection)
    below = [kept for kept in kept_releases(connection) if live and kept.release_id < live.release_id]
    taken = {kept.generation for kept in (live, *below[:1]) if kept}
    return min({1, 2, 3} - taken)


def _make_room(connection: Connection, generation: int, live: int) -> None:
    """Give up the releases that the candidate takes the place of: rolled back ones, and its generation's."""
    if any(kept.release_id > live for kept in kept_releases(connection)):
        undo_above(connection, live)
    connection.execute(
        "update audit.releases set state = 'retired' where generation = %s and state <> 'retired'",
        [generation],
    )
    empty(connection, schema_of(generation))
    empty(connection, SCHEMA)


def empty(connection: Connection, schema: str) -> None:
    """Drop the marts in a schema: models that are no more must not come back with the next release.

    Raises:
        EvergreenError: a reader has not let go of it for half a minute.
    """
    relations = connection.execute(
        """
        select relname, relkind
        from pg_class
        where relnamespace = %s::regnamespace and relkind in ('r', 'v', 'm')
        """,
        [schema],
    ).fetchall()
    kinds = {"v": "view", "m": "materialized view", "r": "table"}
    connection.execute("set local lock_timeout = '30s'")
    try:
        for kind, word in kinds.items():
            names = [sql.Identifier(schema, name) for name, known in relations if known == kind]
            if names:
                statement = sql.SQL("drop {} {}").format(sql.SQL(word), sql.SQL(", ").join(names))
                connection.execute(statement)
    except psycopg.errors.LockNotAvailable:
        raise EvergreenError(
            f"{schema}: a query has been reading it since it was live, two releases ago: "
            "end it (pg_stat_activity), then run again"
        ) from None

"""Going live and going back: all views of `marts` in one transaction, behind which no reader waits."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg import sql

from evergreen.errors import EvergreenError
from evergreen.publishing import kept, views
from evergreen.publishing.candidate import SCHEMA, Candidate, abandon, building, current, empty
from evergreen.publishing.releases import Release, kept_releases, live_release, schema_of
from evergreen.warehouse.connections import Connection, Warehouse

# How long a reader may have to wait behind us. Far less than deadlock_timeout (1 s): where we and a reader
# wait for each other, it must be us who give way.
LOCK_TIMEOUT = "200ms"
# How long we are ready to wait for readers.
PATIENCE_SECONDS = 600


_RELEASE_OF_CANDIDATE = """
insert into audit.releases (
    release_id, generation, as_of_date, through_promotion,
    is_live, is_full, active_sources, configuration_hash
)
select
    release_id, generation, as_of_date, through_promotion,
    true, is_full, active_sources, configuration_hash
from audit.candidate
"""


@dataclass(frozen=True)
class Published:
    """A release that went live.

    rows: by relation, now (None = computed when it is read) and in the release before (None: nor there).
    """

    release: Release
    rows: dict[str, tuple[int | None, int | None]]


def publish(
    warehouse: Warehouse, release_id: int, descriptions: dict[str, dict[str, dict[str, str]]] | None = None
) -> Published:
    """Let the candidate go live; the release that was live before is kept to roll back to.

    A candidate that is live already, because the caller was cut off right after the switch, stays so.

    Args:
        warehouse: where.
        release_id: the candidate that the caller built and judged.
        descriptions: schema → relation → column ('' = the relation) → text, put on what was built and
            carried to the views.

    Raises:
        EvergreenError: the candidate is not the caller's any more, a view of somebody else's depends on
            one whose columns change, or readers do not let go within ten minutes.
    """
    with building(warehouse) as connection:
        before = live_release(connection)
        if before and before.release_id == release_id:
            return Published(before, _changes(connection, before))
        candidate = current(connection, release_id)
        for schema, texts in (descriptions or {}).items():
            views.describe(connection, schema, texts)
        schema = _settle_in(connection, candidate)
        wanted = views.views_of(connection, candidate.release_id, schema)
        rows = views.count_rows(connection, wanted)
        steps = views.statements(connection, wanted)

        def switch() -> None:
            connection.execute("update audit.releases set is_live = false where is_live")
            connection.execute(_RELEASE_OF_CANDIDATE)
            connection.execute("delete from audit.candidate")
            connection.cursor().executemany(
                "insert into audit.release_relations values (%s, %s, %s)",
                [(candidate.release_id, name, rows.get(name)) for name in wanted],
            )
            kept.leave(connection, candidate.release_id)
            _run(connection, steps)

        _patiently(connection, switch)
        release = live_release(connection)
        assert release is not None and release.release_id == candidate.release_id
        return Published(release, _changes(connection, release))


def _settle_in(connection: Connection, candidate: Candidate) -> str:
    """Move the candidate's marts into its generation, and return that schema; nobody reads them yet.

    A caller that was cut off after it finds them there. Marts that were built once more since replace them.
    """
    schema = schema_of(candidate.generation)
    moves = [
        sql.SQL("alter {} {} set schema {}").format(
            sql.SQL(relation.kind), sql.Identifier(SCHEMA, name), sql.Identifier(schema)
        )
        for name, relation in views.relations(connection, SCHEMA).items()
    ]
    if moves:
        with connection.transaction():
            empty(connection, schema)
            _run(connection, moves)
    return schema


def rollback(warehouse: Warehouse, release_id: int | None = None) -> Release:
    """Let an earlier release be live again: the one before, or `release_id` if its marts are kept.

    A candidate that is being built begins where the release ended that is gone back from: it is given up.

    Raises:
        EvergreenError: there is none to go back to.
    """
    with building(warehouse, wait=False) as connection:
        live = live_release(connection)
        if live is None:
            raise EvergreenError("nothing has been published yet: there is no release to go back to")
        target = _target(connection, live, release_id)
        wanted = views.views_of(connection, target.release_id, schema_of(target.generation))
        steps = views.statements(connection, wanted)

        with connection.transaction():  # before readers are kept waiting
            abandon(connection)

        def switch() -> None:
            connection.execute("update audit.releases set is_live = (release_id = %s)", [target.release_id])
            _run(connection, steps)

        _patiently(connection, switch)
        return target


def _target(connection: Connection, live: Release, release_id: int | None) -> Release:
    kept = [release for release in kept_releases(connection) if release.release_id != live.release_id]
    if release_id is not None:
        chosen = [release for release in kept if release.release_id == release_id]
    else:
        chosen = [release for release in kept if release.release_id < live.release_id]
    if chosen:
        return chosen[0]
    if release_id == live.release_id:
        raise EvergreenError(f"release {release_id} is live already")
    wanted = f"release {release_id}" if release_id is not None else f"a release before {live.release_id}"
    known = ", ".join(str(release.release_id) for release in kept) or "none"
    raise EvergreenError(f"{wanted} is not kept: besides the live one there are {known}")


def _patiently(connection: Connection, switch: Callable[[], None]) -> None:
    """Do `switch` in a transaction with all views locked, again and again until no reader is in its way."""
    began = time.monotonic()
    pause = 0.02
    while True:
        try:
            with connection.transaction():
                _lock_views(connection)
                switch()
        except (
            psycopg.errors.QueryCanceled,
            psycopg.errors.LockNotAvailable,
            psycopg.errors.DeadlockDetected,
        ):
            if time.monotonic() - began > PATIENCE_SECONDS:
                raise EvergreenError(
                    f"readers have kept the views in `marts` locked for {PATIENCE_SECONDS} s: "
                    "end their transactions (pg_stat_activity), then run again"
                ) from None
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            pause = min(pause * 1.3, 2)
        except psycopg.errors.DependentObjectsStillExist as error:
            detail = (error.diag.message_detail or "").splitlines()
            raise EvergreenError(
                f"{error.diag.message_primary} ({detail[0] if detail else 'unknown'}): its columns "
                "change or it is no more; drop what depends on it, then run again"
            ) from None
        else:
            return


def _lock_views(connection: Connection) -> None:
    """Lock all views of `marts` against readers, in one statement that gives up after LOCK_TIMEOUT.

    Locked all at once and before anything is changed, because a reader that comes in between two locks is
    held up with one view in its hand that we still need. An owner that stays the same is the lightest
    statement that takes the lock; `lock table` would lock the tables below, too, and vacuum holds those.
    """
    connection.execute(sql.SQL("set local statement_timeout = {}").format(LOCK_TIMEOUT))
    connection.execute(
        """
        do $$
        declare
            statement text;
        begin
            for statement in
                select format('alter view marts.%I owner to current_user', relname)
                from pg_class
                where relnamespace = 'marts'::regnamespace and relkind = 'v'
                order by relname
            loop
                execute statement;
            end loop;
        end
        $$
        """
    )
    connection.execute("set local statement_timeout = 0")


def _run(connection: Connection, steps: list[sql.Composed]) -> None:
    if steps:
        connection.execute(sql.SQL("; ").join(steps))


def _changes(connection: Connection, release: Release) -> dict[str, tuple[int | None, int | None]]:
    """Return the rows of a release by relation, and those of the release before it."""
    rows = connection.execute(
        """
        select now.relation_name, now.row_count, before.row_count
        from audit.release_relations as now
        left join audit.release_relations as before
            on before.relation_name = now.relation_name
            and before.release_id = (
                select max(release_id) from audit.releases where release_id < now.release_id
            )
        where now.release_id = %s
        order by now.relation_name
        """,
        [release.release_id],
    ).fetchall()
    return {name: (count, earlier) for name, count, earlier in rows}

"""The erasure itself: one transaction that takes a person out of everything that was loaded.

Marts and facts are not changed in place. The erasure is a promotion whose changes are not listed, so the next
build computes everything anew, and `finish` gives up the releases before it. Until then the live release
still shows the person, under a pseudonym that nothing resolves any more.
"""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import sql
from psycopg.types.json import Jsonb

from evergreen import progress
from evergreen.erasure.quarantine import blank
from evergreen.erasure.record import Erased
from evergreen.erasure.rows import Eraser, pending_tables
from evergreen.errors import EvergreenError
from evergreen.loading import ledger
from evergreen.loading.erased import Person, key_id, key_of
from evergreen.loading.landing import close_lost
from evergreen.loading.locks import lock_promotion
from evergreen.loading.pseudonyms import pseudonyms
from evergreen.publishing.candidate import building
from evergreen.publishing.cleaning import forget_earlier
from evergreen.publishing.releases import live_release
from evergreen.removal.standstill import number, standstill
from evergreen.sources.definition import Source
from evergreen.warehouse.connections import Connection, Warehouse

PROMOTER = "erasure"
_CLEAR_STATISTICS = """
select pg_clear_attribute_stats(schemaname, tablename, attname, inherited)
from pg_stats
where schemaname = %s and tablename = %s
"""


def erase(
    warehouse: Warehouse, sources: dict[str, Source], people: list[Person], reason: str | None = None
) -> Erased:
    """Take `people` (one customer, under one or several namespaces) out of raw, history, quarantine and pii.

    Loads and builds that are under way are waited for; an unfinished candidate is given up. Batches that wait
    between landing and promotion are landed again afterwards. Repeating it is harmless, and takes what has
    come into quarantine since.

    Raises:
        EvergreenError: nothing about them is in the warehouse, and nobody of them was erased before.
    """
    done = Erased()
    with standstill(warehouse, sources):
        with warehouse.connect("admin") as connection, connection.transaction():
            lock_promotion(connection)
            _let_land_again(connection, sources)
            _erase(connection, sources, people, done)
            _enter(connection, people, reason, done)
        _vacuum(warehouse, done)
    return done


def finish(warehouse: Warehouse) -> int:
    """Finish the erasures that the live release contains: no release before it can be gone back to.

    Returns:
        How many erasures are finished by that.
    """
    with building(warehouse) as connection:
        live = live_release(connection)
        through = live.through_promotion if live else 0
        waiting = connection.execute(
            "select erasure_id from audit.erasures where state = 'requested' and (promotion_id <= %s or %s)",
            [through, live is None],
        ).fetchall()
        if not waiting:
            return 0
        forget_earlier(connection)
    with warehouse.connect("steward") as steward:
        steward.execute(
            "update audit.erasures set state = 'finished', finished_at = clock_timestamp() "
            "where erasure_id = any(%s)",
            [[number for (number,) in waiting]],
        )
    progress.note(f"Erasures finished: {len(waiting)}; there is no release before this one to go back to")
    return len(waiting)


def _let_land_again(connection: Connection, sources: dict[str, Source]) -> None:
    """Close the batches that wait between landing and promotion: their rows may be about anybody."""
    for table in pending_tables(connection, sources.values()):
        close_lost(connection, table, ledger.pending(connection, table.source, table.name))


def _erase(
    connection: Connection, sources: dict[str, Source], people: Iterable[Person], done: Erased
) -> None:
    made = pseudonyms()
    for person in people:
        pseudonym = made.of(person.namespace, person.identifier)
        known = connection.execute(
            "select value from pii.customers, jsonb_each_text(personal) where customer_id = %s", [pseudonym]
        ).fetchall()
        eraser = Eraser(connection, person.namespace, pseudonym, done)
        for source in sources.values():
            eraser.erase(source)
        blank(connection, sources.values(), person, [value for (value,) in known], done)
        for name in ("pii.customers", "raw.changes"):
            column = "customer_id" if name == "pii.customers" else "key_value"
            deleted = connection.execute(
                sql.SQL("delete from {} where {} = %s").format(
                    sql.Identifier(*name.split(".")), sql.Identifier(column)
                ),
                [pseudonym],
            ).rowcount
            done.add("deleted", name, deleted)


def _enter(connection: Connection, people: list[Person], reason: str | None, done: Erased) -> None:
    """Record the erasure, and number it as a promotion whose changes are not listed."""
    keys = [key_of(person) for person in people]
    known = connection.execute("select from audit.erasures where person_key = any(%s)", [keys]).rowcount
    if not done.total() and not known:
        raise EvergreenError("nothing about this customer is in the warehouse: nothing was erased")
    promotion = number(connection, PROMOTER)
    for key in keys:
        connection.execute(
            """
            insert into audit.erasures (person_key, key_id, reason, promotion_id, erased_rows)
            values (%s, %s, %s, %s, %s)
            on conflict (person_key) do update set
                state = 'requested', promotion_id = excluded.promotion_id, finished_at = null,
                reason = coalesce(excluded.reason, audit.erasures.reason)
            """,
            [key, key_id(), reason, promotion, Jsonb(done.counts)],
        )


def _vacuum(warehouse: Warehouse, done: Erased) -> None:
    """Let neither a dead version of a row nor the planner's statistics keep what was erased.

    Batches pass through all of `landing`. Of a table that is empty by now, ANALYZE would leave the statistics
    of the rows that were there; PostgreSQL can clear them from version 18 on.
    """
    with warehouse.connect("admin", autocommit=True) as connection:
        landing = connection.execute(
            "select relname from pg_class where relnamespace = 'landing'::regnamespace and relkind = 'r'"
        ).fetchall()
        for name in [*done.tables, *(f"landing.{table}" for (table,) in landing)]:
            schema, table = name.split(".")
            if connection.info.server_version >= 180_000:
                connection.execute(_CLEAR_STATISTICS, [schema, table])
            connection.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier(schema, table)))

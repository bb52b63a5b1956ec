"""Promotion: gated batches become part of `raw`, all of one table in one transaction.

What it does is all or nothing: failing rows go to quarantine, rejected batches go there whole, the others
are typed rows of `raw` (new versions beside those they supersede), and the ledger says of every batch what
became of every row. received = promoted + unchanged + quarantined + rejected is checked, against what was
really written, before anything is committed. Promotions are numbered, one at a time, so their numbers are in
the order of commits. A load that brings nothing new has no number: nothing that is built from `raw` has a
reason to change.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.loading import (
    changes,
    decisions,
    erased,
    ledger,
    parents,
    people,
    sound_rows,
    tables,
    versions,
)
from evergreen.loading.landing import find_lost
from evergreen.loading.locks import loading, lock_promotion
from evergreen.loading.pseudonyms import pseudonyms
from evergreen.loading.quarantine import quarantine_batches, quarantine_rows
from evergreen.loading.relations import Relations, comma, compose, relations_of
from evergreen.loading.rows import IS_SOUND, Rows
from evergreen.loading.typed_rows import count_by_batch, drop_working
from evergreen.sources.definition import Source, Table
from evergreen.sources.files import parents_first
from evergreen.warehouse.connections import Connection, Warehouse

WORTH_ANALYZING = 0.05
"""Share of changed rows from which on the planner should look at a table again at once."""


@dataclass(slots=True)
class Promoted:
    """What a promotion did, over all tables of a source."""

    batches: int = 0
    received_rows: int = 0
    promoted_rows: int = 0
    unchanged_rows: int = 0
    quarantined_rows: int = 0
    rejected_rows: int = 0
    rejected_batches: int = 0
    superseded_versions: int = 0
    lost_batches: int = 0


def promote(warehouse: Warehouse, source: Source) -> Promoted:
    """Promote every gated batch of `source`, parents before children, a transaction per table.

    Raises:
        EvergreenError: what would be committed does not account for every row that was received; nothing is.
    """
    done = Promoted()
    with loading(warehouse, source.source) as connection:
        waiting = [table for table in parents_first(source) if _gated(connection, table)]
        if not all(_working_tables_are_complete(connection, table) for table in waiting):
            done.lost_batches = _go_back(connection, source)
            waiting = []
        if waiting:
            with progress.step(f"Promoting {source.source}", total=len(waiting), unit="tables") as step:
                for table in waiting:
                    received = done.received_rows
                    _promote_table(connection, source, table, done)
                    step.advance(1, rows=done.received_rows - received)
                step.outcome = (
                    f"{done.promoted_rows:,} promoted, {done.unchanged_rows:,} unchanged, "
                    f"{done.quarantined_rows:,} quarantined, {done.rejected_rows:,} rejected"
                )
    return done


def _gated(connection: Connection, table: Table) -> list[ledger.Batch]:
    batches = ledger.pending(connection, table.source, table.name)
    return [batch for batch in batches if batch.status == "gated"]


def _promote_table(connection: Connection, source: Source, table: Table, done: Promoted) -> None:
    rows = Rows(table, tuple(tables.evolved_columns(connection, table)))
    with connection.transaction():
        lock_promotion(connection)
        raw_is_empty = not _exists(connection, compose("select from {raw}", raw=rows.names.raw))
        sound_rows.collect(connection, rows, pseudonyms())
        versions.decide(connection, rows, raw_is_empty=raw_is_empty)
        promotion_id = _open_promotion(connection, rows)
        stored = superseded = 0
        if promotion_id is not None:
            superseded = _supersede(connection, rows, promotion_id)
            stored = _store(connection, rows, promotion_id, fill=raw_is_empty)
            if _records_changes(connection, promotion_id):
                changes.record(connection, source, table, promotion_id)
            parents.record(connection, source, table, promotion_id)
        people.upsert(connection, rows)
        quarantined = quarantine_rows(connection, rows)
        rejected = quarantine_batches(connection, rows)
        erased.blank_quarantine(connection, rows)
        decisions.settle_delivered_again(connection, table)
        _enter_verdicts(connection, rows.names)
        _account(connection)
        _reconcile(connection, rows, (stored, quarantined, rejected))
        _close(connection, promotion_id)
        _tell(connection, done)
        done.superseded_versions += superseded
        _clear(connection, rows)
        if stored + superseded:
            _analyze(connection, rows, stored + superseded)


def _working_tables_are_complete(connection: Connection, table: Table) -> bool:
    """Tell whether the gate's working tables hold all rows of the gated batches."""
    typed = relations_of(table).typed
    name = sql.Literal(typed.as_string(connection))
    if not _exists(connection, compose("select where to_regclass({name}) is not null", name=name)):
        return False
    there = count_by_batch(connection, table)
    return all(there.get(batch.batch_id, 0) == batch.received_rows for batch in _gated(connection, table))


def _go_back(connection: Connection, source: Source) -> int:
    """Let what is gated be judged anew, or landed anew where a crash took the landed rows as well.

    Returns:
        The number of batches that have to be landed again.

    Raises:
        EvergreenError: no crash of the server explains what is missing.
    """
    for table in source.tables.values():
        batches = _gated(connection, table)
        ledger.mark_gated(connection, [batch.batch_id for batch in batches], gated=False)
    lost = find_lost(connection, source)
    if not lost:
        raise EvergreenError(
            f"{source.source}: the gate's working tables are not complete: run the load again, "
            "it goes on from here"
        )
    return lost


def _open_promotion(connection: Connection, rows: Rows) -> int | None:
    """Number the promotion; None if it would store and supersede nothing."""
    row = connection.execute(
        """
        select
            (select coalesce(sum(received_rows), 0) from gated where rejected_for is null)
            - (select count(*) from failing)
            - (select count(*) from decided where outcome = 'unchanged')
            + (select count(*) from gone)
        """
    ).fetchone()
    if not row or not row[0]:
        return None
    row = connection.execute(
        """
        insert into audit.promotions (source, source_table, changes_recorded) values (%s, %s, %s)
        returning promotion_id
        """,
        [rows.table.source, rows.table.name, changes.are_wanted(connection)],
    ).fetchone()
    assert row
    return int(row[0])


def _records_changes(connection: Connection, promotion_id: int) -> bool:
    query = "select from audit.promotions where promotion_id = {} and changes_recorded"
    return _exists(connection, sql.SQL(query).format(sql.Literal(promotion_id)))


def _supersede(connection: Connection, rows: Rows, promotion_id: int) -> int:
    """Close what is current no more, bring back what is current again; return how many were closed."""
    parts = {
        "raw": rows.names.raw,
        "promotion": sql.Literal(promotion_id),
        "columns": comma([sql.Identifier(name) for name in _stored_columns(rows)]),
    }
    connection.execute(
        compose(
            """
            create temporary table returning_versions on commit drop as
            select {columns} from {raw} where ctid in (select address from revived)
            """,
            **parts,
        )
    )
    # one statement: a row that is updated has another address afterwards
    connection.execute(
        compose(
            """
            update {raw} as known set
                _superseded_in = coalesce(_superseded_in, {promotion}),
                _withdrawn_in = case when touched.is_withdrawn then {promotion} end
            from (
                select address, bool_or(is_withdrawn) as is_withdrawn
                from (
                    select address, false as is_withdrawn from replaced
                    union all
                    select address, true from gone
                    union all
                    select address, true from revived
                ) as touched
                group by address
            ) as touched
            where known.ctid = touched.address
            """,
            **parts,
        )
    )
    connection.execute(
        compose(
            """
            insert into {raw} ({columns}, _promoted_in)
            select {columns}, {promotion} from returning_versions
            """,
            **parts,
        )
    )
    row = connection.execute("select count(*) from replaced").fetchone()
    assert row
    return int(row[0])


def _stored_columns(rows: Rows) -> list[str]:
    return [*rows.columns, "_row_hash", "_batch_id", "_line_number", "_delivered_on"]


def _store(connection: Connection, rows: Rows, promotion_id: int, *, fill: bool) -> int:
    """Insert the sound rows that `raw` does not hold yet; return their number.

    An empty table is filled before it is indexed, and as a new file that needs no log of its own.
    """
    if fill:
        connection.execute(compose("truncate {raw}", raw=rows.names.raw))
        tables.drop_full_indexes(connection, rows.table)
    stored = connection.execute(
        compose(
            """
            insert into {raw} ({columns}, _promoted_in, _superseded_in, _withdrawn_in)
            select
                {values}, typed._row_hash, typed._batch_id, typed._line_number, batch.delivered_on,
                {promotion},
                case when decided.outcome in ('superseded', 'claim', 'replaced') then {promotion} end,
                case when decided.outcome = 'replaced' then {promotion} end
            {origin}
            left join decided
                on decided._batch_id = typed._batch_id and decided._line_number = typed._line_number
            where {is_sound} and coalesce(decided.outcome, 'current') <> 'unchanged'
            """,
            raw=rows.names.raw,
            columns=comma([sql.Identifier(name) for name in _stored_columns(rows)]),
            values=comma(rows.values),
            promotion=sql.Literal(promotion_id),
            origin=rows.origin,
            is_sound=IS_SOUND,
        )
    ).rowcount
    if fill:
        tables.create_indexes(connection, rows.table)
    return stored


def _enter_verdicts(connection: Connection, names: Relations) -> None:
    """Enter in `audit` what every rule said about every batch."""
    connection.execute(
        compose(
            """
            insert into audit.gate_results (batch_id, rule, column_name, severity, passed, failing_rows)
            select _batch_id, rule, column_name, severity, passed, failing_rows
            from {verdicts} order by _batch_id, position, column_name
            """,
            verdicts=names.verdicts,
        )
    )


def _account(connection: Connection) -> None:
    """Count per batch what became of its rows: all of them were in the working tables, which was checked."""
    connection.execute(
        """
        create temporary table accounted on commit drop as
        select
            gated.batch_id,
            gated.received_rows,
            gated.rejected_for,
            coalesce(failed.quarantined, 0) as quarantined,
            coalesce(failed.suppressed, 0) as suppressed,
            coalesce(known.unchanged, 0) as unchanged,
            coalesce(known.claimed, 0) as claimed
        from gated
        left join (
            select
                _batch_id,
                count(*) filter (where not is_suppressed) as quarantined,
                count(*) filter (where is_suppressed) as suppressed
            from failing
            group by 1
        ) as failed on failed._batch_id = gated.batch_id
        left join (
            select
                _batch_id,
                count(*) filter (where outcome in ('unchanged', 'claim')) as unchanged,
                count(*) filter (where outcome = 'claim') as claimed
            from decided
            group by 1
        ) as known on known._batch_id = gated.batch_id
        """
    )


def _reconcile(connection: Connection, rows: Rows, written: tuple[int, ...]) -> None:
    """Check the counts against what statements wrote: (stored, quarantined, rejected) rows."""
    row = connection.execute(
        """
        select
            coalesce(
                sum(received_rows - quarantined - suppressed - unchanged + claimed)
                filter (where rejected_for is null),
                0
            ),
            coalesce(sum(quarantined), 0),
            coalesce(sum(received_rows) filter (where rejected_for is not null), 0)
        from accounted
        """
    ).fetchone()
    if row != written:
        raise EvergreenError(
            f"{rows.table.source}.{rows.table.name}: rows do not add up: stored, quarantined and rejected "
            f"should be {', '.join(map(str, row or ()))}, but {', '.join(map(str, written))} were written: "
            "nothing was promoted; this is a defect, please report it"
        )


def _close(connection: Connection, promotion_id: int | None) -> None:
    """Finish the batches in the ledger."""
    connection.execute(
        """
        update audit.load_batches as batch set
            status = case when rejected_for is null then 'promoted' else 'rejected' end,
            promoted_rows = case
                when rejected_for is null
                    then accounted.received_rows - quarantined - suppressed - unchanged
                else 0
            end,
            unchanged_rows = unchanged,
            quarantined_rows = quarantined,
            rejected_rows = case when rejected_for is null then suppressed else accounted.received_rows end,
            promotion_id = case when rejected_for is null then %s::bigint end,
            message = 'rule ' || rejected_for
        from accounted
        where accounted.batch_id = batch.batch_id
        """,
        [promotion_id],
    )


def _tell(connection: Connection, done: Promoted) -> None:
    row = connection.execute(
        """
        select
            count(*) filter (where rejected_for is null), count(*) filter (where rejected_for is not null),
            coalesce(sum(received_rows), 0), coalesce(sum(unchanged), 0), coalesce(sum(quarantined), 0),
            coalesce(sum(received_rows) filter (where rejected_for is not null), 0)
            + coalesce(sum(suppressed), 0)
        from accounted
        """
    ).fetchone()
    assert row
    promoted, rejected_batches, received, unchanged, quarantined, rejected = map(int, row)
    done.batches += promoted
    done.rejected_batches += rejected_batches
    done.received_rows += received
    done.unchanged_rows += unchanged
    done.quarantined_rows += quarantined
    done.rejected_rows += rejected
    done.promoted_rows += received - unchanged - quarantined - rejected


def _clear(connection: Connection, rows: Rows) -> None:
    """Empty `landing` of what is finished, and drop the gate's working tables."""
    drop_working(connection, rows.names)
    if ledger.pending(connection, rows.table.source, rows.table.name):
        connection.execute(
            compose(
                "delete from {landing} where _batch_id in (select batch_id from gated)",
                landing=rows.names.landing,
            )
        )
    else:
        connection.execute(compose("truncate {landing}", landing=rows.names.landing))


def _analyze(connection: Connection, rows: Rows, changed: int) -> None:
    """Give the planner new figures after large changes; who builds from `raw` comes right after.

    Before the commit: afterwards, the first to read a row marks it as committed, which writes its page anew.
    """
    row = connection.execute(
        "select reltuples from pg_class where oid = to_regclass(%s)", [f"raw.{rows.table.qualified_name}"]
    ).fetchone()
    if row and changed > WORTH_ANALYZING * float(row[0]):
        connection.execute(compose("analyze {raw}", raw=rows.names.raw))


def _exists(connection: Connection, query: sql.Composable) -> bool:
    row = connection.execute(compose("select exists ({query})", query=query)).fetchone()
    return bool(row and row[0])

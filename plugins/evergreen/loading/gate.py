"""The gate: every landed batch is judged by the suite of its table before anything of it is promoted.

Great Expectations decides, in the database and over all batches at once. Where a rule fails, the rows are
found by the SQL that the rule itself comes down to, so no rule is written twice and no list of failing rows
passes through Python. What comes out waits in working tables for the promotion, which enters it in `audit`
and `quarantine` together with all else:

- a row that breaks a critical rule fails (`failures`), by the first such rule in the suite's order;
- a batch that breaks a critical rule about batches (its SQL gives `_batch_id` alone) is rejected;
- warnings are counted, and nothing else happens.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.loading import ledger, suites, tables, typed_rows
from evergreen.loading.judge import ROW, Judge, Verdict
from evergreen.loading.landing import close_lost
from evergreen.loading.locks import loading
from evergreen.loading.pseudonyms import pseudonyms
from evergreen.loading.questions import QUERY, embedded
from evergreen.loading.relations import Relations, compose, relations_of
from evergreen.loading.suites import Rule, Suite
from evergreen.sources.definition import Source, Table
from evergreen.warehouse.connections import Connection, Warehouse

ABOUT_BATCH = 0
"""Line number of a failure that concerns the batch as a whole."""

_OF_VALUES = "_invalid_columns"
"""The column whose value names the columns that a rule is about."""


@dataclass(slots=True)
class Gated:
    """What a gate did, over all tables of a source."""

    batches: int = 0
    rows: int = 0
    failing_rows: int = 0
    rejected_batches: int = 0
    lost_batches: int = 0
    warnings: int = 0


def gate(warehouse: Warehouse, source: Source) -> Gated:
    """Judge every landed batch of `source`; batches gated before and not promoted yet are judged again.

    Raises:
        EvergreenError: a suite is wrong, or one of its rules cannot be evaluated.
    """
    done = Gated()
    with loading(warehouse, source.source) as connection:
        waiting = [suites.load(table) for table in source.tables.values() if _is_waiting(connection, table)]
        if not waiting:
            return done
        with progress.step(f"Gating {source.source}", total=len(waiting), unit="tables") as step:
            judge = Judge(warehouse)
            try:
                for suite in waiting:
                    batches = _type_rows(connection, source, suite.table, done)
                    _record(connection, suite, judge.validate(suite), batches, done)
                    step.advance(1, rows=sum(batch.received_rows for batch in batches))
            finally:
                judge.close()
            step.outcome = f"{done.failing_rows:,} fail, {done.rejected_batches} batches rejected"
    return done


def _is_waiting(connection: Connection, table: Table) -> bool:
    batches = ledger.pending(connection, table.source, table.name)
    return any(batch.status == "landed" for batch in batches)


def _type_rows(connection: Connection, source: Source, table: Table, done: Gated) -> list[ledger.Batch]:
    """Build the working tables for all pending batches of a table; return the batches.

    Batches whose landed rows a crash took away are closed as lost and left out.
    """
    with connection.transaction():
        batches = ledger.pending(connection, source.source, table.name)
        # the working tables are about to change: nobody may promote from them before they are judged
        ledger.mark_gated(connection, [batch.batch_id for batch in batches], gated=False)
        evolved = tables.evolved_columns(connection, table)
        rows = typed_rows.build(connection, table, source.time_zone, evolved, pseudonyms())
        if rows == sum(batch.received_rows for batch in batches):  # a crash only takes rows away
            return batches
        there = typed_rows.count_by_batch(connection, table)
        lost = [batch for batch in batches if there.get(batch.batch_id, 0) != batch.received_rows]
        if lost:
            close_lost(connection, table, lost)
            typed_rows.build(connection, table, source.time_zone, evolved, pseudonyms())
            done.lost_batches += len(lost)
    return [batch for batch in batches if batch not in lost]


def _record(
    connection: Connection, suite: Suite, verdicts: list[Verdict], batches: list[ledger.Batch], done: Gated
) -> None:
    """Write down what fails and what each rule says about each batch."""
    names = relations_of(suite.table)
    with connection.transaction():
        _create_results(connection, names)
        for verdict in verdicts:
            if verdict.passed or verdict.query is None:
                _enter(connection, names, verdict)
                continue
            try:
                _find(connection, names, verdict, counts_once=_is_told_already(suite, verdict.rule))
            except (psycopg.Error, ValueError) as error:
                reason = error.diag.message_primary if isinstance(error, psycopg.Error) else error
                raise EvergreenError(
                    f"{suite.path}: rule {verdict.rule.name}: what it fails for cannot be listed: {reason}"
                ) from None
        ledger.mark_gated(connection, [batch.batch_id for batch in batches], gated=True)
        _count(connection, names, done)
    done.batches += len(batches)
    done.rows += sum(batch.received_rows for batch in batches)


def _create_results(connection: Connection, names: Relations) -> None:
    connection.execute(
        compose(
            """
            create unlogged table {failures} (
                _batch_id bigint, _line_number bigint, position integer, rule text, column_name text
            );
            create unlogged table {verdicts} (
                _batch_id bigint, position integer, rule text, column_name text, severity text,
                passed boolean, failing_rows bigint
            )
            """,
            failures=names.failures,
            verdicts=names.verdicts,
        )
    )


def _enter(connection: Connection, names: Relations, verdict: Verdict) -> None:
    """Enter a verdict that holds for all batches alike."""
    rule = verdict.rule
    connection.execute(
        compose(
            "insert into {verdicts} select _batch_id, %s, %s, %s, %s, %s, 0 from {batches}",
            verdicts=names.verdicts,
            batches=names.batches,
        ),
        [rule.position, rule.name, rule.column_name, rule.severity, verdict.passed],
    )


def _is_told_already(suite: Suite, rule: Rule) -> bool:
    """Tell whether what is no value of its type, and so NULL, breaks a critical rule of its own already."""
    return rule.name.startswith(suites.NOT_NULL) and any(
        other.name == suites.INVALID_VALUE and other.severity == "critical" for other in suite.rules
    )


def _without_broken(names: Relations, query: sql.Composable, column_name: sql.Composable) -> sql.Composable:
    """Leave out of a query for rows those that cannot be taken apart, or whose cell is no value."""
    return compose(
        """
        select failing.* from ({query}) as failing
        where not exists (
            select from {typed} as broken
            where broken._batch_id = failing._batch_id and broken._line_number = failing._line_number
                and (
                    broken._problem is not null
                    or {column_name} = any(string_to_array(broken._invalid_columns, ','))
                )
        )
        """,
        query=query,
        typed=names.typed,
        column_name=column_name,
    )


def _find(connection: Connection, names: Relations, verdict: Verdict, *, counts_once: bool) -> None:
    """Find what a rule fails for: rows to `failures` if it is critical, counts per batch to `verdicts`."""
    rule = verdict.rule
    query, by_row, column_name = located(connection, names, verdict)
    if by_row and counts_once:
        query = _without_broken(names, query, column_name)
    values = {
        "position": rule.position,
        "rule": rule.name,
        "severity": rule.severity,
    }
    counted = compose(
        """
        select _batch_id, {column_name} as column_name, {count} as failing_rows
        from ({query}) as failing
        group by 1, 2
        """,
        column_name=column_name,
        count=sql.SQL("count(*)") if by_row else sql.SQL("0"),
        query=query,
    )
    if rule.severity == "critical":
        failing = compose(
            "select distinct _batch_id, {line}, {position}, {rule}, {column_name} from ({query}) as failing",
            line=sql.Identifier(ROW[1]) if by_row else sql.Literal(ABOUT_BATCH),
            position=sql.Literal(rule.position),
            rule=sql.Literal(rule.name),
            column_name=column_name,
            query=query,
        )
        _insert(connection, names.failures, failing)
        counted = compose(
            """
            select _batch_id, column_name, count(*) filter (where _line_number <> {whole}) as failing_rows
            from {failures} where position = {position} group by 1, 2
            """,
            failures=names.failures,
            position=sql.Literal(rule.position),
            whole=sql.Literal(ABOUT_BATCH),
        )
    verdict_by_batch = compose(
        """
        select
            batch._batch_id, {position}, {rule}, coalesce(counted.column_name, {column}), {severity},
            counted._batch_id is null, coalesce(counted.failing_rows, 0)
        from {batches} as batch
        left join ({counted}) as counted using (_batch_id)
        """,
        batches=names.batches,
        counted=counted,
        column=sql.Literal(rule.column_name),
        **{name: sql.Literal(value) for name, value in values.items()},
    )
    _insert(connection, names.verdicts, verdict_by_batch)


def _insert(connection: Connection, into: sql.Identifier, query: sql.Composable) -> None:
    """Insert the rows of a query by way of a table of their own, which is what several processes may make."""
    connection.execute(
        compose(
            """
            create temporary table found on commit drop as
            select * from {into} where false union all ({query});
            insert into {into} select * from found;
            drop table found
            """,
            into=into,
            query=query,
        )
    )


def located(
    connection: Connection, names: Relations, verdict: Verdict
) -> tuple[sql.Composable, bool, sql.Composable]:
    """Return a rule's query, whether it finds rows (or else batches), and what column it is about.

    Raises:
        ValueError: it finds neither.
    """
    assert verdict.query is not None
    text = embedded(verdict.query)
    if QUERY in verdict.rule.expectation["kwargs"]:
        text = text.format(batch=names.typed.as_string(connection))
    query = sql.SQL(text)  # from the suite, which is code of the project
    described = connection.execute(
        compose("select * from ({query}) as failing limit 0", query=query)
    ).description
    columns = [column.name for column in described or ()]
    if ROW[0] not in columns:
        raise ValueError("the query must select _batch_id, and _line_number where it is about rows")
    column_name: sql.Composable = compose("{name}::text", name=sql.Literal(verdict.rule.column_name))
    if _OF_VALUES in columns:
        column_name = sql.Identifier(_OF_VALUES)
    return query, ROW[1] in columns, column_name


def _count(connection: Connection, names: Relations, done: Gated) -> None:
    """Add up what was found."""
    row = connection.execute(
        compose(
            """
            select
                (
                    select count(*)
                    from (
                        select distinct _batch_id, _line_number from {failures}
                        where _line_number <> {whole}
                    ) as failing
                ),
                (select count(distinct _batch_id) from {failures} where _line_number = {whole}),
                (select count(distinct rule) from {verdicts} where severity = 'warning' and not passed)
            """,
            failures=names.failures,
            verdicts=names.verdicts,
            whole=sql.Literal(ABOUT_BATCH),
        )
    ).fetchone()
    assert row
    failing, rejected, warnings = row
    done.failing_rows += failing
    done.rejected_batches += rejected
    done.warnings += warnings

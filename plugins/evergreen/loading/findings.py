"""What the gates found, for people: what failed, how much, since when, and examples of nobody's data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from evergreen.loading.parents import RULE as WAITS
from evergreen.loading.parents import Waiting, waiting
from evergreen.loading.quarantine import QuarantinedGroup, groups, rows
from evergreen.sources.definition import Source
from evergreen.warehouse.connections import Warehouse

EXAMPLES = 3
LONGEST = 40


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that did not hold, over all batches of a table, or for the last candidate.

    rows: that broke it, since `since`, in `batches` batches; `last_rows` in the last of them.
    is_last: whether the last batch of the table, too, broke it.
    """

    subject: str
    rule: str
    column_name: str | None
    severity: str
    rows: int
    batches: int
    since: datetime
    last_at: datetime
    last_rows: int
    is_last: bool
    message: str | None


@dataclass(frozen=True, slots=True)
class Example:
    """A row in quarantine: where it stood, and the shape of the value at fault: `9.999,99`, `xxx@xxx.xx`."""

    file_or_cursor: str
    line_number: int
    shape: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """A group of rows in quarantine, with a few of them."""

    group: QuarantinedGroup
    examples: list[Example]


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a person may want to look into."""

    findings: list[Finding]
    held: list[Held]
    waiting: list[Waiting]
    rejections: list[tuple[int, str, str, str, datetime]]


def find(warehouse: Warehouse, sources: Iterable[Source], *, limit: int = 100) -> Findings:
    """Gather what the gates found.

    Args:
        warehouse: where.
        sources: those whose rows may wait for parents.
        limit: at most so many rules, and groups in quarantine, worst and latest first.
    """
    with (
        warehouse.connect("reader") as connection,
        connection.cursor(row_factory=class_row(Finding)) as cursor,
    ):
        findings = cursor.execute(_FINDINGS, {"waits": WAITS, "limit": limit}).fetchall()
        rejections = connection.execute(
            """
            select batch_id, source || '.' || source_table, file_or_cursor, coalesce(message, ''), finished_at
            from audit.open_rejections
            order by batch_id desc
            """
        ).fetchall()
    with warehouse.connect("loader") as connection:
        waits = waiting(connection, sources)
    held = [Held(group, _examples(warehouse, group)) for group in groups(warehouse)[:limit]]
    return Findings(findings, held, waits, rejections)


def shape(value: object) -> str | None:
    """Return what a value looks like without what it says: letters become x, digits 9."""
    if value is None:
        return None
    text = re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", " ".join(str(value).split())))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def _examples(warehouse: Warehouse, group: QuarantinedGroup) -> list[Example]:
    column = (group.column_name or "").partition(",")[0]
    return [
        Example(row.file_or_cursor, row.line_number, shape((row.fields or {}).get(column)))
        for row in rows(warehouse, group.batch_id, rule=group.rule, limit=EXAMPLES)
        if row.column_name == group.column_name and row.state == group.state
    ]


_FINDINGS = """
    with failed as (
        select
            coalesce(
                coalesce(batch.origin_source, batch.source) || '.' || batch.source_table,
                'candidate ' || found.release_id
            ) as subject,
            found.*
        from audit.gate_results as found
        left join audit.load_batches as batch using (batch_id)
        where
            not found.passed and found.rule <> %(waits)s
            and (
                (found.batch_id is not null and batch.status <> 'lost' and batch.forgotten_in is null)
                or found.release_id = (select max(release_id) from audit.gate_results)
            )
    ),

    latest as (
        select coalesce(origin_source, source) || '.' || source_table as subject, max(batch_id) as batch_id
        from audit.load_batches
        where status in ('promoted', 'rejected') and forgotten_in is null
        group by 1
    ),

    numbered as (
        select
            *,
            row_number() over (
                partition by subject, rule, column_name, severity order by result_id desc
            ) as ordinal
        from failed
    )

    select
        numbered.subject,
        numbered.rule,
        numbered.column_name,
        numbered.severity,
        sum(numbered.failing_rows)::bigint as rows,
        count(*) as batches,
        min(numbered.judged_at) as since,
        max(numbered.judged_at) as last_at,
        sum(numbered.failing_rows) filter (where numbered.ordinal = 1)::bigint as last_rows,
        bool_or(numbered.batch_id is null or numbered.batch_id = latest.batch_id) as is_last,
        max(numbered.message) filter (where numbered.ordinal = 1) as message
    from numbered
    left join latest on latest.subject = numbered.subject
    group by numbered.subject, numbered.rule, numbered.column_name, numbered.severity
    order by
        array_position(array['critical', 'warning', 'info'], numbered.severity),
        is_last desc, last_at desc, rows desc
    limit %(limit)s
"""

"""The gate before a release: what was found about the candidate, and what it must not do to readers."""

from __future__ import annotations

from dataclasses import dataclass

from evergreen.errors import EvergreenError
from evergreen.publishing import views
from evergreen.publishing.candidate import SCHEMA, Candidate
from evergreen.publishing.distributions import Limits, describe, read_limits
from evergreen.publishing.releases import live_release, schema_of
from evergreen.settings import settings
from evergreen.warehouse.connections import Connection


@dataclass(frozen=True)
class Check:
    """What a rule found about a candidate.

    severity: `critical` stops the release, `warning` does not.
    subject: the relation it is about, '' where it is about several.
    """

    rule: str
    column: str | None
    severity: str
    passed: bool
    failing_rows: int = 0
    subject: str = ""


def record_checks(connection: Connection, release_id: int, checks: list[Check]) -> None:
    """Write checks of a candidate into `audit.gate_results`; a rule that was checked before counts anew."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            """
            insert into audit.gate_results
                (release_id, rule, column_name, severity, passed, failing_rows, message)
            values (%s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (release_id, c.rule, c.column, c.severity, c.passed, c.failing_rows, c.subject or None)
                for c in checks
            ],
        )


def judge(connection: Connection, candidate: Candidate) -> dict[str, int]:
    """Judge a candidate by the checks made while it was built, and by what it would take from readers.

    Returns:
        Figures: checks, warnings.

    Raises:
        EvergreenError: a critical check failed, or nothing was checked at all.
    """
    record_checks(connection, candidate.release_id, _against_live(connection, candidate))
    rows = connection.execute(
        """
        select distinct on (rule) rule, severity, passed, failing_rows
        from audit.gate_results
        where release_id = %s
        order by rule, result_id desc
        """,
        [candidate.release_id],
    ).fetchall()
    failed = [
        (rule, count) for rule, severity, passed, count in rows if severity == "critical" and not passed
    ]
    if failed:
        rule, count = failed[0]
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        raise EvergreenError(
            f"candidate {candidate.release_id} does not pass: {rule} fails for {count} rows{more}: "
            "see audit.gate_results; the live release stays"
        )
    if not any(severity == "critical" for _, severity, _, _ in rows):
        raise EvergreenError(f"candidate {candidate.release_id} was not checked at all: build it again")
    warnings = sum(not passed for _, _, passed, _ in rows)
    return {"checks": len(rows), "warnings": warnings}


def _against_live(connection: Connection, candidate: Candidate) -> list[Check]:
    """Compare what readers see now with what they would see, by the limits of the project.

    A mart that is a view says what the marts below it say, which are compared themselves: it is not computed.
    Nothing is compared where the active sources have changed: what they bring comes or goes with them.
    """
    live = live_release(connection)
    if live is None or live.active_sources != candidate.active_sources:
        return []
    before = views.views_of(connection, live.release_id, schema_of(live.generation))
    after = views.views_of(connection, candidate.release_id, SCHEMA)
    rows = connection.execute(
        "select relation_name, row_count from audit.release_relations where release_id = %s order by 1",
        [live.release_id],
    ).fetchall()
    rows = [(name, count) for name, count in rows if name not in after or after[name].is_stored]
    counts = views.count_rows(connection, after)
    limits = read_limits(settings().project)
    found = [_rows_kept(name, count, counts.get(name, 0), limits) for name, count in rows]
    for name, count in rows:
        if name in before and name in after and min(count or 0, counts.get(name, 0)) >= limits.least_rows:
            then, now = (describe(connection, view) for view in (before[name], after[name]))
            moved = limits.moved(then, now)
            check = f"{name}_keeps_its_shape"
            found.append(Check(check, ", ".join(moved) or None, limits.severity, not moved, subject=name))
    return found


def _rows_kept(name: str, before: int | None, after: int, limits: Limits) -> Check:
    """Check that a relation has not lost or gained too many rows.

    Few rows may become any number but none; so may those that were not counted, because they were computed.
    """
    if before is None or before < limits.least_rows:
        return Check(f"{name}_keeps_rows", None, limits.severity, before == 0 or after > 0, subject=name)
    passed = limits.rows[0] <= after / before <= limits.rows[1]
    lost = max(before - after, 0)
    return Check(f"{name}_keeps_rows", None, limits.severity, passed, 0 if passed else lost, name)

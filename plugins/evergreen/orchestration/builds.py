"""What the tasks of the build DAG do: from an opened candidate to a published release."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.orchestration import dbt
from evergreen.orchestration.dbt_results import Check as DbtCheck
from evergreen.orchestration.dbt_results import descriptions
from evergreen.orchestration.outcomes import NothingToDo, body
from evergreen.publishing import candidate as candidates
from evergreen.publishing.candidate import Candidate
from evergreen.publishing.cleaning import clear_steps
from evergreen.publishing.configuration import configuration_hash
from evergreen.publishing.events import Events, read_events
from evergreen.publishing.gates import Check, judge, record_checks
from evergreen.publishing.publish import publish as publish_candidate
from evergreen.settings import activation, settings
from evergreen.warehouse import migrate
from evergreen.warehouse.connections import Connection, Warehouse

INPUT = ("path:seeds", "path:models/staging", "path:models/input_layer")
# Of these, what a build of what changed needs: their views stand as they are.
INPUT_UNLESS_VIEWS = tuple(
    f"{path},{what}" for path in INPUT for what in ("resource_type:test", "config.materialized:table")
)
_FACTS, _STEPS = "path:models/marts/core/facts", "path:models/intermediate"
# Facts, and of the steps those that facts are made of or that a task after them reads (dbt's exposures).
FACTS = (
    _FACTS,
    *(f"{_STEPS},+{end}" for end in (_FACTS, "exposure:predictions", "exposure:drivers_of_satisfaction")),
)
# All others, beside the marts: the more there is to build at a time, the less a core waits for the longest.
MARTS = (_STEPS, "path:models/marts")


@body
def open_candidate(until: str | None = None, full_refresh: bool = False) -> int:
    """Open a candidate over everything promoted so far, settle its as-of date, and return its number."""
    warehouse = Warehouse.open()
    migrate.apply(warehouse)
    as_of = _as_of(until)
    sources = sorted(activation())
    if not sources:
        raise NothingToDo("no source is active in this home: `evergreen run` sets up the simulated shop")
    configuration = configuration_hash(settings().project / "dbt_project", {"active_sources": sources})
    opened = candidates.open_candidate(warehouse, sources, configuration)
    _shape_input(warehouse, opened)
    events = read_events(warehouse)
    if events is None:
        raise EvergreenError(
            f"nothing has been promoted from {', '.join(sources)} yet, so there is nothing to build: "
            "`evergreen status` shows what became of the batches"
        )
    as_of = events.as_of(as_of)
    settled = candidates.settle(warehouse, opened.release_id, as_of, full_refresh=full_refresh)
    if settled is None:
        raise NothingToDo("nothing new since the live release: it stays")
    _tell_what_waits(warehouse, settled, events)
    kind = "everything" if settled.is_full else "what changed"
    progress.note(
        f"Building release {settled.release_id} as of {settled.as_of_date}: {kind} is computed anew"
    )
    return settled.release_id


@body
def build_facts(release_id: int) -> dict[str, int]:
    """Let dbt build facts and what is predicted from, with their tests and those of the input layer.

    The views up to there are those that `open_candidate` made or found; a full build makes them anew.
    """

    def call(candidate: Candidate) -> dbt.Call:
        given = INPUT if candidate.is_full else INPUT_UNLESS_VIEWS
        return dbt.Call("Building facts", candidate.active_sources, (*given, *FACTS))

    return _build(release_id, call)


@body
def predict(release_id: int) -> dict[str, int]:
    """Let the value models say what they foresee, by the facts."""
    from evergreen.orchestration.predictions import predict_candidate  # brings scipy

    return predict_candidate(Warehouse.open(), release_id)


@body
def estimate_drivers(release_id: int) -> dict[str, int]:
    """Let the answers say what drives satisfaction."""
    from evergreen.orchestration.drivers import estimate_candidate

    return estimate_candidate(Warehouse.open(), release_id)


@body
def build_marts(release_id: int) -> dict[str, int]:
    """Let dbt build the other steps, and the marts, where nobody reads them yet."""

    def call(candidate: Candidate) -> dbt.Call:
        return dbt.Call("Building marts", candidate.active_sources, MARTS, exclude=FACTS, fills_cores=True)

    return _build(release_id, call)


@body
def gate_candidate(release_id: int) -> dict[str, int]:
    """Judge the candidate as a whole, before anybody sees it."""
    warehouse = Warehouse.open()
    with candidates.building(warehouse) as connection:
        return judge(connection, candidates.current(connection, release_id))


@body
def publish(release_id: int) -> dict[str, Any]:
    """Let the candidate go live."""
    warehouse = Warehouse.open()
    published = publish_candidate(warehouse, release_id, descriptions(dbt.target_folder()))
    clear_steps(warehouse)
    _finish_erasures(warehouse)
    return {"release_id": release_id, "relations": len(published.rows)}


def _tell_what_waits(warehouse: Warehouse, candidate: Candidate, events: Events) -> None:
    """Note events that lie in the future: they are in no figure, and most often a date is mistyped."""
    check = events.check(candidate.as_of_date)
    if not check.passed:
        progress.note(f"In the future there are {check.subject}: are their dates right?")
    with candidates.building(warehouse) as connection:
        record_checks(connection, candidate.release_id, [check])


def _finish_erasures(warehouse: Warehouse) -> None:
    """Give up what the erased can still be seen in; if a reader is in the way, the next release does it."""
    from evergreen.erasure.erase import finish

    try:
        finish(warehouse)
    except EvergreenError as error:
        progress.note(f"Erasures are not finished yet: {error}")


def _as_of(until: str | None) -> date | None:
    try:
        return date.fromisoformat(until) if until else None
    except ValueError:
        raise EvergreenError(f"until: {until!r} is not a date: write it as YYYY-MM-DD") from None


def _shape_input(warehouse: Warehouse, candidate: Candidate) -> None:
    """Make the views up to the input layer, unless they are there as this configuration has them.

    They show what the candidate holds without being built again, and a call of dbt costs seconds. A load that
    changes the type of a column takes the views that show it away.
    """
    with candidates.building(warehouse) as connection:
        connection.execute("create table if not exists staging._shaped_by (configuration_hash text not null)")
        known = connection.execute("select configuration_hash from staging._shaped_by").fetchall()
        if known == [(_shape(connection, candidate),)]:
            return
        connection.execute("delete from staging._shaped_by")
        call = dbt.Call("Shaping the input layer", candidate.active_sources, INPUT, tests=False)
        dbt.build(warehouse, call)
        connection.execute("insert into staging._shaped_by values (%s)", [_shape(connection, candidate)])


def _shape(connection: Connection, candidate: Candidate) -> str:
    """Return what changes when the configuration does, or when a view is missing."""
    row = connection.execute(
        """
        select md5(string_agg(schemaname || '.' || viewname, ',' order by schemaname, viewname))
        from pg_views
        where schemaname in ('staging', 'input_layer')
        """
    ).fetchone()
    return f"{candidate.configuration_hash} {row[0] if row else None}"


def _build(release_id: int, call: Callable[[Candidate], dbt.Call]) -> dict[str, int]:
    """Let dbt build for the candidate what it is asked by `call`."""
    warehouse = Warehouse.open()
    with candidates.building(warehouse) as connection:
        asked = call(candidates.current(connection, release_id))
        done = dbt.build(warehouse, asked, lambda checks: _record(connection, release_id, checks))
    return {"relations": done.relations, "checks": len(done.checks)}


def _record(connection: Connection, release_id: int, checks: list[DbtCheck]) -> None:
    """Write what dbt's tests found into `audit.gate_results`."""
    record_checks(
        connection,
        release_id,
        [
            Check(
                check.name, check.column, check.severity, check.passed, check.failing_rows or 0, check.model
            )
            for check in checks
        ],
    )

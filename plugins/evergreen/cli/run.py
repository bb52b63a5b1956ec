"""`evergreen run`: load, build, judge, publish what is pending, by the same DAGs as under the scheduler."""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from evergreen import progress
from evergreen.cli.locks import only_run
from evergreen.cli.summary import (
    Beginning,
    never_promoted,
    rejections,
    show_loads,
    show_next,
    show_release,
)
from evergreen.cli.terminal import sink_for
from evergreen.errors import EvergreenError
from evergreen.orchestration import simulated
from evergreen.orchestration.outcomes import terminable
from evergreen.orchestration.simulated import SIMULATED
from evergreen.settings import activate, activation, settings
from evergreen.sources import registry
from evergreen.sources.discovery import discover
from evergreen.sources.identifiers import check_identifiers
from evergreen.sources.locations import reader_of, scheme
from evergreen.warehouse import migrate
from evergreen.warehouse.connections import Warehouse

if TYPE_CHECKING:
    from evergreen.orchestration.runs import Dags

DEFAULT_SOURCES = {"shop": SIMULATED, "survey": SIMULATED}


def run_pipeline(sources: list[str], until: str | None, *, full_refresh: bool = False) -> None:
    """Load, build, judge, publish; see `evergreen run --help`.

    Args:
        sources: `NAME=PATH` each; empty = those that are active already, or the simulated shop.
        until: as-of date, None = the last day that has an event.
        full_refresh: compute everything anew.

    Raises:
        EvergreenError: bad input, before anything is changed; or a task failed.
    """
    began = time.monotonic()
    as_of = _as_of(until)
    chosen = _chosen(sources)
    with only_run(), terminable():
        progress.use(sink_for(sys.stdout))
        for name, location in chosen.items():
            _check_source(name, location)
        log = settings().home / "logs" / f"run-{time.strftime('%Y%m%d-%H%M%S')}.log"
        rejected = _run(chosen, as_of, log, full_refresh=full_refresh, began=began)
    if rejected:
        raise _rejection(rejected)


def _run(
    chosen: dict[str, str], as_of: date | None, log: Path, *, full_refresh: bool, began: float
) -> list[str]:
    """Do it; return a line for each batch that was rejected."""
    from evergreen.orchestration import dbt, environment, history, runs

    warehouse = Warehouse.open()
    migrate.apply(warehouse)
    runs.refuse_beside_scheduler(
        warehouse, "and would run the tasks as well: trigger load_… there, or stop it first"
    )
    dbt.get_ready(warehouse)
    with runs.quiet(log):
        metadata = environment.prepare(warehouse)
        runs.tidy(metadata)
        simulated.live_on(warehouse, [name for name, place in chosen.items() if place == SIMULATED])
        with progress.step("Starting Airflow"):
            dags = runs.Dags(log)
        beginning = Beginning.of(warehouse)
        refused = _load(dags, warehouse, beginning, chosen)
        if not refused:
            conf = {"until": as_of.isoformat() if as_of else None, "full_refresh": full_refresh}
            dags.run("build_marts", conf)
            if history.upkeep_is_due(warehouse, metadata):
                _keep_up(dags)
    show_loads(warehouse, beginning)
    if refused:
        return refused
    show_release(warehouse, beginning)
    page = _report(warehouse)
    show_next(warehouse, beginning, seconds=time.monotonic() - began, log=log, page=page)
    return rejections(warehouse, beginning)


def _keep_up(dags: Dags) -> None:
    """Do the upkeep; that it fails is said, and is no reason for the run to fail."""
    with progress.step("Cleaning up", unit="tasks"):
        try:
            dags.run("maintain_warehouse")
        except EvergreenError as error:
            progress.note(f"{error}")


def _report(warehouse: Warehouse) -> Path | None:
    """Write the report; that it cannot be written is said, and is no reason for the run to fail."""
    from evergreen.cli.gates import write_page
    from evergreen.report.write import write_report

    try:
        write_page(warehouse)
        return write_report(warehouse)
    except EvergreenError as error:
        print(f"\nNo report: {error}")
        return None


def _load(dags: Dags, warehouse: Warehouse, beginning: Beginning, chosen: dict[str, str]) -> list[str]:
    """Activate the sources and load them; if that fails, those before are active again.

    Returns:
        A line for each rejected batch if nothing of a source was ever promoted: it cannot be built from.
    """
    before = activation()
    activate(chosen)
    if left_out := sorted(before.keys() - chosen.keys()):
        progress.note(
            f"No longer active, because not named: {', '.join(left_out)}. What was loaded stays, "
            "but the marts go without it; name it again to have it back"
        )
    refused: list[str] = []
    try:
        for name in chosen:
            dags.run(f"load_{name}")
        if never_promoted(warehouse, chosen):
            refused = rejections(warehouse, beginning)
    except BaseException:
        activate(before)
        raise
    if refused:
        activate(before)
    return refused


def _rejection(lines: list[str]) -> EvergreenError:
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    return EvergreenError(f"{lines[0]}{more}: `evergreen quarantine list` shows what was held back")


def _as_of(until: str | None) -> date | None:
    if until is None:
        return None
    try:
        return date.fromisoformat(until)
    except ValueError:
        raise EvergreenError(f"--until {until}: is not a date: write it as YYYY-MM-DD") from None


def _chosen(sources: list[str]) -> dict[str, str]:
    """Return the sources to run, by name in alphabetical order, with their locations."""
    if not sources:
        return activation() or DEFAULT_SOURCES
    chosen: dict[str, str] = {}
    for argument in sources:
        name, separator, location = argument.partition("=")
        if not name or (separator and not location):
            raise EvergreenError(
                f"--source {argument}: write NAME=PATH, such as online_retail=data/online_retail"
            )
        if name in chosen:
            raise EvergreenError(f"--source {argument}: {name} is named twice: a source has one location")
        chosen[name] = location
    return {name: _absolute(name, location) for name, location in sorted(chosen.items())}


def _absolute(name: str, location: str) -> str:
    """Return a path so that it holds in any folder; addresses and connection ids as they are."""
    if not location or location == SIMULATED or scheme(location):
        return location
    if reader_of(registry.load(name), location) != "files":
        return location
    return str(Path(location).expanduser().absolute())


def _check_source(name: str, location: str) -> None:
    """Make sure that a source can be read, before anything is changed."""
    source = registry.load(name)
    check_identifiers(source)
    if location == SIMULATED:
        simulated.check(name)
        return
    # everything counts as seen: places are looked at, nothing is read
    next(iter(discover(source, location, lambda *_: True, {})), None)

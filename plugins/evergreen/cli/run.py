"""`evergreen run`: load, build, judge, publish what is pending, by the same DAGs as under the scheduler."""

from __future__ import annotations

import fcntl
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType

from evergreen import progress
from evergreen.cli.summary import Beginning, show_summary
from evergreen.cli.terminal import sink_for
from evergreen.errors import EvergreenError
from evergreen.orchestration import simulated
from evergreen.orchestration.simulated import SIMULATED
from evergreen.settings import activate, activation, settings
from evergreen.sources import registry
from evergreen.sources.locations import reader_of, scheme
from evergreen.sources.reading import discover
from evergreen.warehouse.connections import Warehouse

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
    with _only_run(), _interruptible():
        progress.use(sink_for(sys.stdout))
        for name, location in chosen.items():
            _check_source(name, location)
        log = settings().home / "logs" / f"run-{time.strftime('%Y%m%d-%H%M%S')}.log"
        clean = _run(chosen, as_of, log, full_refresh=full_refresh, began=began)
    if not clean:
        raise EvergreenError("some batches were rejected: `evergreen status` names them")


def _run(chosen: dict[str, str], as_of: date | None, log: Path, *, full_refresh: bool, began: float) -> bool:
    """Do it; return whether no batch was rejected."""
    from evergreen.orchestration import environment, runs

    warehouse = Warehouse.open()
    warehouse.migrate()
    with runs.quiet(log):
        metadata = environment.prepare(warehouse)
        if runs.scheduler_is_running(metadata):
            raise EvergreenError(
                "Airflow is running on this home (`evergreen serve`) and would run the tasks as well: "
                "trigger load_… there, or stop it first"
            )
        runs.forget_interrupted(metadata)
        simulated.live_on(warehouse, [name for name, place in chosen.items() if place == SIMULATED])
        activate(chosen)
        with progress.step("Starting Airflow"):
            dags = runs.Dags(log)
        beginning = Beginning.of(warehouse)
        for name in chosen:
            dags.run(f"load_{name}")
        conf = {"until": as_of.isoformat() if as_of else None, "full_refresh": full_refresh}
        dags.run("build_marts", conf)
    return show_summary(warehouse, beginning, seconds=time.monotonic() - began, log=log)


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
    if location == SIMULATED:
        simulated.check(name)
        return
    # everything counts as seen: places are looked at, nothing is read
    next(iter(discover(source, location, lambda *_: True, {})), None)


@contextmanager
def _only_run() -> Iterator[None]:
    """Be the only `evergreen run` of this home; a killed one is none."""
    home = settings().home
    made = not home.exists()
    home.mkdir(mode=0o711, parents=True, exist_ok=True)
    try:
        with (home / "run.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise EvergreenError(f"{home}: another run is under way: wait until it is done") from None
            yield
    finally:
        if made and {path.name for path in home.iterdir()} == {"run.lock"}:
            (home / "run.lock").unlink()
            home.rmdir()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let a terminating signal end the run as Ctrl-C does: children are stopped, locks let go."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)

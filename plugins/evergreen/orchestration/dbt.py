"""Calling dbt: a process of its own, its progress shown, its first error said in one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.orchestration.dbt_results import (
    Check,
    Outcome,
    first_failure,
    one_line,
    outcome_of,
    read_results,
)
from evergreen.settings import settings
from evergreen.warehouse.connections import Role, Warehouse

# dbt ends with its caller: nobody else would stop it from writing into a candidate that was given up.
# What it allocates is the project, which stays: to look for cycles in it as often as Python does by itself
# takes a tenth of its CPU seconds.
_DBT = (
    sys.executable,
    "-c",
    "import gc, os, threading\n"
    "gc.set_threshold(50_000, 20, 100)\n"
    "def end(): os.read(0, 1); os._exit(1)\n"
    "threading.Thread(target=end, daemon=True).start()\n"
    "from dbt.cli.main import cli; cli()",
)
# layers with a folder for each source
_BY_SOURCE = ("staging", "input_layer")
_ENDS = {"LogModelResult", "LogSeedResult", "LogTestResult", "LogSnapshotResult", "SkippingDetails"}


class DbtError(EvergreenError):
    """dbt could not build or a test of it failed; the message names the first model or test."""


def target_folder() -> Path:
    """Return where dbt keeps manifest, compiled SQL and results of the last build."""
    return settings().home / "dbt"


@dataclass(frozen=True)
class Call:
    """What dbt is asked to build.

    title: what the progress says.
    active_sources: of the candidate; dbt reads only what changed of the project while they stay the same.
    select, exclude: dbt's node selectors, each list united.
    tests: whether the data tests of what is selected run as well; unit tests never do.
    """

    title: str
    active_sources: list[str]
    select: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    tests: bool = True

    @property
    def variables(self) -> dict[str, Any]:
        """dbt's `--vars`; the as-of date is the candidate's, in the database."""
        return {"active_sources": self.active_sources}


def build(warehouse: Warehouse, call: Call, record: Callable[[list[Check]], None] | None = None) -> Outcome:
    """Let dbt build what the call selects, as the transformer.

    Args:
        warehouse: where the relations are made.
        call: what to build.
        record: is given the checks that ran, also when one of them failed.

    Raises:
        DbtError: a model or test failed; those depending on it were not built.
    """
    target = target_folder()
    (target / "run_results.json").unlink(missing_ok=True)
    process = subprocess.Popen(
        _arguments(call, target),
        stdin=subprocess.PIPE,  # closes when this process ends, however it ends
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=os.environ | credentials(warehouse),
        cwd=settings().project / "dbt_project",
        start_new_session=True,  # Ctrl-C is ours to pass on
    )
    error = ""
    try:
        assert process.stdout is not None
        with progress.step(call.title, unit="models and tests") as step:
            for event in _events(process.stdout):
                error = _follow(step, event) or error
            process.wait()
            nodes = read_results(target)
            outcome = outcome_of(nodes, target)
            if record and outcome.checks:
                record(outcome.checks)
            if process.returncode:
                raise DbtError(first_failure(nodes, target) or _end(process.returncode, error))
    finally:
        if process.poll() is None:
            process.kill()  # the server rolls its transactions back
            process.wait()
    return outcome


def _end(code: int, error: str) -> str:
    """Say why dbt ended before it could say what failed."""
    if code < 0:  # what came last on its output is some library's warning
        return (
            f"dbt: was ended by signal {-code} ({signal.Signals(-code).name}): if nobody did that, memory "
            "ran out; the next build starts anew"
        )
    return f"dbt: {error or 'ended without a word'}"


def credentials(warehouse: Warehouse, role: Role = "transformer") -> dict[str, str]:
    """Return the environment in which dbt's profile finds the warehouse, as `role`, and its threads."""
    known = warehouse.parameters(role)
    # the profile says only what every address has: the rest of the URL, such as sslmode, is for the driver
    return warehouse.environment(role) | {
        "EVERGREEN_DBT_HOST": str(known["host"]),
        "EVERGREEN_DBT_PORT": str(known["port"]),
        "EVERGREEN_DBT_DATABASE": str(known["dbname"]),
        "EVERGREEN_DBT_USER": str(known["user"]),
        "EVERGREEN_DBT_PASSWORD": str(known.get("password") or ""),
        "EVERGREEN_DBT_THREADS": str(settings().dbt_threads),
    }


def _arguments(call: Call, target: Path) -> list[str]:
    project = settings().project / "dbt_project"
    exclude = (*call.exclude, *_inactive(project, call.active_sources))
    left_out = ["unit_test"] if call.tests else ["unit_test", "test"]
    return [
        *_DBT,
        *("--log-format", "json", "--log-level", "info", "--log-path", str(target / "logs")),
        # every statement is in the target folder: written into the log as well, it takes a tenth of the time
        *("--log-level-file", "info"),
        *("--no-use-colors", "--no-send-anonymous-usage-stats", "--no-version-check"),
        "build",
        *("--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(target)),
        *("--vars", json.dumps(call.variables, sort_keys=True)),
        *("--select", *call.select),
        *(("--exclude", *exclude) if exclude else ()),
        # a test that joins facts and marts runs when the marts are there
        *("--indirect-selection", "buildable"),
        *(part for kind in left_out for part in ("--exclude-resource-type", kind)),
    ]


def _inactive(project: Path, active_sources: list[str]) -> list[str]:
    """Return selectors of the models of all other sources, whose raw tables may not be there."""
    folders = [folder for layer in _BY_SOURCE for folder in sorted((project / "models" / layer).glob("*/"))]
    return [f"path:{folder.relative_to(project)}" for folder in folders if folder.name not in active_sources]


def _events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield dbt's events; a line that is none (a trace, a warning of Python's) comes as its text."""
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if isinstance(event, dict) and "info" in event:
            yield event
        elif line.strip():
            yield {"info": {"name": "Text", "level": "error", "msg": line}, "data": {}}


def _follow(step: progress.Step, event: dict[str, Any]) -> str:
    """Advance the step by an event; return the text if the event is an error that stands alone."""
    name, data = event["info"].get("name"), event.get("data", {})
    if name == "LogStartLine":
        step.total = data.get("total") or step.total
    elif name in _ENDS:
        step.total = data.get("total") or data.get("num_models") or step.total
        step.advance()
    if name == "MainEncounteredError":
        return one_line(str(data.get("exc", "")))
    return one_line(event["info"]["msg"]) if name == "Text" else ""

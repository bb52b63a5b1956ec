"""Calling dbt: what it is asked, its progress shown, its first error said in one line."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.orchestration import dbt_worker
from evergreen.orchestration.dbt_results import (
    Check,
    Outcome,
    first_failure,
    one_line,
    outcome_of,
    read_results,
)
from evergreen.settings import settings
from evergreen.warehouse import machine
from evergreen.warehouse.connections import Role, Warehouse

_WITHOUT_HELPERS = "-c max_parallel_workers_per_gather=0 -c max_parallel_maintenance_workers=0"
# layers with a folder for each source
_BY_SOURCE = ("staging", "input_layer")
_ERRORS = {"Failed", "MainEncounteredError", "Text"}
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
    fills_cores: whether there is nearly always as much to build at a time as dbt has threads.
    """

    title: str
    active_sources: list[str]
    select: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    tests: bool = True
    fills_cores: bool = False

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
    error = ""
    with progress.step(call.title, unit="models and tests") as step:

        def hear(event: dict[str, Any]) -> None:
            nonlocal error
            error = _follow(step, event) or error

        code = dbt_worker.at(_place(warehouse)).ask(_call(call, warehouse), hear)
        nodes = read_results(target)
        outcome = outcome_of(nodes, target)
        if record and outcome.checks:
            record(outcome.checks)
        if code:
            raise DbtError(first_failure(nodes, target) or _end(code, error))
    return outcome


def get_ready(warehouse: Warehouse) -> None:
    """Start what a later build needs: it takes seconds, in which something else can be done."""
    dbt_worker.at(_place(warehouse))


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


def _options(warehouse: Warehouse, *, fills_cores: bool) -> str:
    """Return what sessions of the transformer set.

    Statements have no helpers if models fill the cores, and there are no more cores than threads: helpers
    would only take turns with other models, which took a tenth more CPU seconds.
    """
    given = (os.environ | warehouse.environment("transformer")).get("PGOPTIONS", "")
    if fills_cores and warehouse.embedded and settings().dbt_threads >= machine.cores():
        return f"{given} {_WITHOUT_HELPERS}".strip()
    return given


def _place(warehouse: Warehouse) -> dbt_worker.Place:
    return dbt_worker.Place(
        project=settings().project / "dbt_project",
        target=target_folder(),
        environment=credentials(warehouse),
    )


def _call(call: Call, warehouse: Warehouse) -> dict[str, Any]:
    """Return what dbt's process is asked; see dbt_process.py."""
    project = settings().project / "dbt_project"
    both = {
        "project_dir": str(project),
        "profiles_dir": str(project),
        "vars": call.variables,
        "use_colors": False,
        "send_anonymous_usage_stats": False,
        "version_check": False,
    }
    build = {
        "select": call.select,
        "exclude": (*call.exclude, *_inactive(project, call.active_sources)),
        "exclude_resource_types": ["unit_test"] if call.tests else ["unit_test", "test"],
        # a test that joins facts and marts runs when the marts are there
        "indirect_selection": "buildable",
    }
    return {"options": _options(warehouse, fills_cores=call.fills_cores), "both": both, "build": build}


def _inactive(project: Path, active_sources: list[str]) -> list[str]:
    """Return selectors of the models of all other sources, whose raw tables may not be there."""
    folders = [folder for layer in _BY_SOURCE for folder in sorted((project / "models" / layer).glob("*/"))]
    return [f"path:{folder.relative_to(project)}" for folder in folders if folder.name not in active_sources]


def _follow(step: progress.Step, event: dict[str, Any]) -> str:
    """Advance the step by an event; return the text if the event is an error that stands alone."""
    if event["name"] == "LogStartLine":
        step.total = event["total"] or step.total
    elif event["name"] in _ENDS:
        step.total = event["total"] or step.total
        step.advance()
    return one_line(event["error"]) if event["name"] in _ERRORS else ""

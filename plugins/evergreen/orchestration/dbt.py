"""Calling dbt: a process of its own, its progress shown, its first error said in one line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.settings import settings
from evergreen.warehouse.connections import Warehouse

# dbt ends with its caller: nobody else would stop it from writing into a candidate that was given up.
_DBT = (
    sys.executable,
    "-c",
    "import os, sys, threading\n"
    "def end(): sys.stdin.read(); os._exit(1)\n"
    "threading.Thread(target=end, daemon=True).start()\n"
    "from dbt.cli.main import cli; cli()",
)
_ENDS = {"LogModelResult", "LogSeedResult", "LogTestResult", "LogSnapshotResult", "SkippingDetails"}


class DbtError(EvergreenError):
    """dbt could not build or a test of it failed; the message names the first model or test."""


@dataclass(frozen=True)
class Check:
    """What one data test of dbt found."""

    name: str
    model: str
    column: str | None
    severity: str  # critical | warning
    passed: bool
    failing_rows: int | None


@dataclass(frozen=True)
class Outcome:
    """What a call of dbt did."""

    relations: int = 0
    checks: list[Check] = field(default_factory=list)


def target_folder() -> Path:
    """Return where dbt keeps manifest, compiled SQL and results of this home."""
    return settings().home / "dbt"


@dataclass(frozen=True)
class Call:
    """What dbt is asked to build.

    title: what the progress says.
    select, exclude: dbt's node selectors, each list united.
    variables: dbt's `--vars`.
    tests: whether the data tests of what is selected run as well; unit tests never do.
    """

    title: str
    select: tuple[str, ...]
    variables: dict[str, Any]
    exclude: tuple[str, ...] = ()
    tests: bool = True


def build(warehouse: Warehouse, call: Call, record: Callable[[list[Check]], None] | None = None) -> Outcome:
    """Let dbt build what the call selects, as the transformer.

    Args:
        warehouse: where the relations are made.
        call: what to build.
        record: is given the checks that ran, also when one of them failed.

    Raises:
        DbtError: a model or test failed; those depending on it were not built.
    """
    results = target_folder() / "run_results.json"
    results.unlink(missing_ok=True)
    process = subprocess.Popen(
        _arguments(call),
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
            nodes = _results(results)
            outcome = _outcome(nodes)
            if record and outcome.checks:
                record(outcome.checks)
            if process.returncode:
                failure = (
                    _first_failure(nodes) or f"dbt: {error or f'ended with exit code {process.returncode}'}"
                )
                raise DbtError(failure)
    finally:
        if process.poll() is None:
            process.kill()  # the server rolls its transactions back
            process.wait()
    return outcome


def credentials(warehouse: Warehouse) -> dict[str, str]:
    """Return the environment in which dbt's profile finds the warehouse, as the transformer."""
    known = warehouse.parameters("transformer")
    return {
        "EVERGREEN_DBT_HOST": str(known["host"]),
        "EVERGREEN_DBT_PORT": str(known["port"]),
        "EVERGREEN_DBT_DATABASE": str(known["dbname"]),
        "EVERGREEN_DBT_USER": str(known["user"]),
        "EVERGREEN_DBT_PASSWORD": str(known.get("password") or ""),
    }


def _arguments(call: Call) -> list[str]:
    project, target = settings().project / "dbt_project", target_folder()
    left_out = ["unit_test"] if call.tests else ["unit_test", "test"]
    return [
        *_DBT,
        *("--log-format", "json", "--log-level", "info", "--log-path", str(target / "logs")),
        *("--no-use-colors", "--no-send-anonymous-usage-stats", "--no-version-check"),
        "build",
        *("--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(target)),
        *("--vars", json.dumps(call.variables, sort_keys=True)),
        *("--select", *call.select),
        *(("--exclude", *call.exclude) if call.exclude else ()),
        # a test that joins facts and marts runs when the marts are there
        *("--indirect-selection", "buildable"),
        *(part for kind in left_out for part in ("--exclude-resource-type", kind)),
    ]


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


def _results(path: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    nodes: list[dict[str, Any]] = content["results"]
    return nodes


def _outcome(nodes: list[dict[str, Any]]) -> Outcome:
    tests = [node for node in nodes if node["unique_id"].startswith("test.")]
    described = manifest()["nodes"] if tests else {}
    checks = [
        _check(node, described.get(node["unique_id"], {})) for node in tests if node["status"] != "skipped"
    ]
    built = sum(node["status"] == "success" for node in nodes)
    return Outcome(relations=built, checks=checks)


def _check(result: dict[str, Any], node: dict[str, Any]) -> Check:
    models = [name for name in node.get("depends_on", {}).get("nodes", []) if name.startswith("model.")]
    attached = node.get("attached_node") or (models[0] if len(models) == 1 else "")
    severity = str(node.get("config", {}).get("severity", "error")).lower()
    return Check(
        name=node.get("name") or result["unique_id"].split(".")[2],
        model=attached.rpartition(".")[2],
        column=node.get("column_name"),
        severity="warning" if severity == "warn" else "critical",
        passed=result["status"] == "pass",
        failing_rows=result.get("failures"),
    )


def manifest() -> dict[str, Any]:
    """Return dbt's manifest of the last call: every node with its description, columns, configuration."""
    path = target_folder() / "manifest.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvergreenError(f"{path}: cannot be read ({error}): build again") from None
    return content


def descriptions(generation: int) -> dict[str, dict[str, dict[str, str]]]:
    """Return what dbt says of the facts and the marts of a generation.

    Returns:
        schema → relation → column ('' = the relation itself) → text.
    """
    found: dict[str, dict[str, dict[str, str]]] = {}
    for node in manifest()["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] in ("core", f"marts_{generation}"):
            texts = {name: column["description"].strip() for name, column in node["columns"].items()}
            texts[""] = node["description"].strip()
            found.setdefault(node["schema"], {})[node["alias"]] = texts
    return found


def _first_failure(nodes: list[dict[str, Any]]) -> str:
    for node in nodes:
        if node["status"] in ("error", "fail", "runtime error"):
            kind, _, rest = node["unique_id"].partition(".")
            name = rest.split(".")[1]
            message = one_line(node.get("message") or "")
            compiled = node.get("compiled_code") and _compiled_path(name)
            where = f": see {compiled}" if compiled else ""
            return f"dbt: {kind} {name} failed: {message}{where}"
    return ""


def _compiled_path(name: str) -> Path | None:
    return next((target_folder() / "compiled").rglob(f"{name}.sql"), None)


def one_line(text: str) -> str:
    """Return a message of several lines as one, without colours and without dbt's pointer to a file."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    kept = [line.strip() for line in plain.splitlines() if not line.strip().startswith("compiled code at")]
    return re.sub(r"\s+", " ", " ".join(kept)).strip()

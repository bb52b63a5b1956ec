"""What dbt leaves behind: results of models and tests, descriptions, and the first thing that went wrong."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evergreen.errors import EvergreenError
from evergreen.publishing.candidate import SCHEMA


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


Node = dict[str, Any]


def read_results(target: Path) -> list[Node]:
    """Return what the last call did with each node; nothing if it did not come so far."""
    try:
        content = json.loads((target / "run_results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    nodes: list[Node] = content["results"]
    return nodes


def outcome_of(nodes: list[Node], target: Path) -> Outcome:
    """Sum up what a call did."""
    tests = [node for node in nodes if node["unique_id"].startswith("test.")]
    described = manifest(target)["nodes"] if tests else {}
    checks = [
        _check(node, described.get(node["unique_id"], {})) for node in tests if node["status"] != "skipped"
    ]
    built = sum(node["status"] == "success" for node in nodes)
    return Outcome(relations=built, checks=checks)


def _check(result: Node, node: dict[str, Any]) -> Check:
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


def manifest(target: Path) -> dict[str, Any]:
    """Return dbt's manifest of the last call: every node with its description, columns, configuration."""
    path = target / "manifest.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvergreenError(f"{path}: cannot be read ({error}): build again") from None
    return content


def descriptions(target: Path) -> dict[str, dict[str, dict[str, str]]]:
    """Return what dbt says of the facts and of the candidate's marts.

    Returns:
        schema → relation → column ('' = the relation itself) → text.
    """
    found: dict[str, dict[str, dict[str, str]]] = {}
    for node in manifest(target)["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] in ("core", SCHEMA):
            texts = {name: column["description"].strip() for name, column in node["columns"].items()}
            texts[""] = node["description"].strip()
            found.setdefault(node["schema"], {})[node["alias"]] = texts
    return found


def first_failure(nodes: list[Node], target: Path) -> str:
    """Return one line about the first model or test that failed, '' if none did."""
    for node in nodes:
        if node["status"] in ("error", "fail", "runtime error"):
            kind, _, rest = node["unique_id"].partition(".")
            name = rest.split(".")[1]
            message = one_line(node.get("message") or "")
            compiled = node.get("compiled_code") and _compiled_path(node["unique_id"], target)
            where = f": see {compiled}" if compiled else ""
            return f"dbt: {kind} {name} failed: {message}{where}"
    return ""


def _compiled_path(unique_id: str, target: Path) -> Path | None:
    """Return where the SQL is that was run; a generic test's file has a shorter name than the test."""
    file = Path(manifest(target)["nodes"][unique_id]["path"]).name
    return next((target / "compiled").rglob(file), None)


def one_line(text: str) -> str:
    """Return a message of several lines as one, without colours and without dbt's pointer to a file."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    kept = [line.strip() for line in plain.splitlines() if not line.strip().startswith("compiled code at")]
    return re.sub(r"\s+", " ", " ".join(kept)).strip()

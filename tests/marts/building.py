"""Letting dbt build in this process, which spares its start-up."""

from __future__ import annotations

import json
import os
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

from evergreen.orchestration.dbt import credentials
from evergreen.warehouse.connections import Warehouse

DBT_PROJECT = Path(__file__).parents[2] / "dbt_project"

_parsed: dict[Hashable, Any] = {}


def run_dbt(
    warehouse: Warehouse,
    target: Path,
    select: Iterable[str],
    variables: Mapping[str, Any],
    command: str = "run",
) -> None:
    """Run or build what is selected; fail with the errors of what failed.

    What dbt parsed for one build serves all others with the same sources: the as-of date is asked for while
    models run, and what else is settled while parsing is the name of the database.
    """
    from dbt.cli.main import dbtRunner

    os.environ.update(credentials(warehouse))
    common = [
        *("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)),
        *("--target-path", str(target), "--log-path", str(target / "logs"), "--log-level-file", "none"),
        *("--vars", json.dumps(dict(variables), sort_keys=True)),
        *("--quiet", "--no-use-colors", "--no-version-check"),
    ]
    settled = tuple(variables["active_sources"]), variables.get("reconcile")
    if settled not in _parsed:
        parsed = dbtRunner().invoke(["parse", "--no-partial-parse", *common])
        assert parsed.success, parsed.exception
        _parsed[settled] = parsed.result
    _move(_parsed[settled], warehouse.name)
    # a test that joins marts which are not built here is left out, as are unit tests
    left_out = ["--exclude-resource-type", "unit_test", "--indirect-selection", "buildable"]
    arguments = [command, *common, "--select", *select, *(left_out if command == "build" else [])]
    result = dbtRunner(manifest=_parsed[settled]).invoke(arguments)
    if not result.success:
        nodes = getattr(result.result, "results", []) or []
        failed = [f"{node.node.name}: {node.message}" for node in nodes if node.status in ("error", "fail")]
        raise AssertionError("\n".join(failed) or str(result.exception))


def _move(manifest: Any, database: str) -> None:
    """Let all relations of a manifest be in `database`."""
    for node in (*manifest.nodes.values(), *manifest.sources.values()):
        if node.relation_name:
            node.relation_name = node.relation_name.replace(f'"{node.database}"', f'"{database}"', 1)
        node.database = database

"""`evergreen metrics`: MetricFlow on the live release."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from evergreen.cli.access import existing_warehouse
from evergreen.errors import EvergreenError
from evergreen.orchestration import dbt
from evergreen.settings import settings


def ask(arguments: list[str]) -> int:
    """Run MetricFlow's command as the reader; return its exit code.

    Raises:
        EvergreenError: it is not installed, or dbt cannot read the project.
    """
    program = Path(sys.executable).with_name("mf")
    if not program.exists():
        raise EvergreenError("MetricFlow is not installed: `make metrics` adds it to the environment")
    project = settings().project / "dbt_project"
    with existing_warehouse() as warehouse:
        environment = os.environ | dbt.credentials(warehouse, "reader") | {"DBT_PROFILES_DIR": str(project)}
        _parse(project, environment)
        return subprocess.run([program, *arguments], cwd=project, env=environment, check=False).returncode


def _parse(project: Path, environment: dict[str, str]) -> None:
    """Let dbt say what the metrics are, to the views of the live release, unless nothing has changed.

    MetricFlow looks for that below `target/` of the project and nowhere else.
    """
    known = project / "target" / "semantic_manifest.json"
    changed = max(path.stat().st_mtime for path in (project / "models").rglob("*.yml"))
    if known.exists() and known.stat().st_mtime > changed:
        return
    done = subprocess.run(
        [Path(sys.executable).with_name("dbt"), "--quiet", "parse", "--target", "reader"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EvergreenError(f"dbt cannot read {project}: {' '.join(done.stdout.split())[-400:]}")

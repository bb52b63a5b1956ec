from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evergreen import settings as settings_module
from evergreen.orchestration.environment import airflow_environment

PROJECT = Path(__file__).resolve().parents[2]
Parse = Callable[[Path], dict[str, Any]]


@pytest.fixture(scope="session")
def parse(tmp_path_factory: pytest.TempPathFactory) -> Parse:
    """Parse the DAGs of a project in a process of its own; Airflow is not imported into the tests."""
    home = tmp_path_factory.mktemp("airflow")

    def run(project: Path) -> dict[str, Any]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("EVERGREEN_HOME", str(home))
            patch.setenv("EVERGREEN_PROJECT", str(project))
            settings_module.reset()
            environment = os.environ | airflow_environment("postgresql://nobody@127.0.0.1:1/none")
            command = [sys.executable, str(Path(__file__).with_name("parse.py")), str(project / "dags")]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        settings_module.reset()
        assert done.returncode == 0, done.stderr[-3000:]
        content: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return content

    return run


@pytest.fixture(scope="session")
def parsed(parse: Parse) -> dict[str, Any]:
    """The project's DAGs."""
    return parse(PROJECT)


@pytest.fixture
def another_project(tmp_path: Path) -> Path:
    """A copy of what the DAGs are made from, to be spoilt."""
    for name in ("dags", "sources", "plugins"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path

"""The room rule: it takes arrays and returns arrays, and knows no database, scheduler or settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import evergreen.satisfaction

ROOM = Path(evergreen.satisfaction.__file__).parent


def test_importing_all_of_it_brings_no_database_and_no_scheduler() -> None:
    modules = [f"evergreen.satisfaction.{path.stem}" for path in ROOM.glob("*.py") if path.stem != "__init__"]
    assert len(modules) > 3
    script = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        "heavy = {'psycopg', 'airflow', 'pandas', 'scipy', 'dbt', 'pyarrow', 'evergreen.settings'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""The room rule: valuation takes arrays and returns arrays, and knows no database, scheduler or settings."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import evergreen.valuation

ROOM = Path(evergreen.valuation.__file__).parent
ALLOWED = {"numpy", "scipy", *sys.stdlib_module_names}
ALLOWED_OF_OURS = ("evergreen.valuation", "evergreen.errors")


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda path: path.name)
def test_imports_point_down_only(path: Path) -> None:
    for name in imports(path):
        top = name.split(".")[0]
        assert top in ALLOWED or name.startswith(ALLOWED_OF_OURS), f"{path.name} imports {name}"


def test_the_room_is_not_empty() -> None:
    assert len(list(ROOM.glob("*.py"))) > 20


def test_importing_all_of_it_brings_no_database_and_no_scheduler() -> None:
    modules = [f"evergreen.valuation.{path.stem}" for path in ROOM.glob("*.py") if path.stem != "__init__"]
    script = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\n"
        "heavy = {'psycopg', 'airflow', 'pandas', 'dbt', 'great_expectations', 'evergreen.settings'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""Every command explains itself, at once, and says in one line what it did not understand."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cli.conftest import Evergreen

COMMANDS = [
    "run",
    "sql",
    "status",
    "gates",
    "report",
    "export marts",
    "export audience",
    "doctor",
    "release list",
    "release rollback",
    "quarantine list",
    "quarantine show",
    "quarantine readmit",
    "quarantine discard",
    "erase",
    "backup",
    "restore",
    "source add",
    "source remove",
    "simulate",
    "serve",
    "dashboards",
    "airflow",
    "psql",
    "metrics",
    "url",
    "stop",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(evergreen: Evergreen, command: str) -> None:
    said = evergreen(*command.split(), "--help")
    assert said.code == 0
    assert f"Usage: evergreen {command}" in said.out
    assert said.out.count(f"evergreen {command}") >= 2


def test_help_lists_every_command(evergreen: Evergreen) -> None:
    said = evergreen("--help")
    assert said.code == 0
    for command in COMMANDS:
        assert f"  {command.split()[0]} " in said.out


@pytest.mark.parametrize("group", ["", "source", "quarantine", "release", "export"])
def test_lists_of_commands_say_all_they_have_to_say(
    evergreen: Evergreen, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = evergreen(*group.split(), "--help").out.partition("Commands:")[2]
    assert listed.strip()
    assert "..." not in listed


def test_no_command_shows_what_there_is(evergreen: Evergreen) -> None:
    said = evergreen()
    assert said.code == 2
    assert "Commands:" in said.err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["fly"], "No such command 'fly'"),
        (["run", "--fly"], "No such option: --fly"),
        (["sql"], "Missing argument 'SQL'"),
        (["sql", "select 1", "--format", "xml"], "'xml' is not one of"),
        (["quarantine", "show", "many"], "Invalid value for 'batch'"),
        (["url", "--role", "king"], "'king' is not one of"),
    ],
)
def test_what_is_not_understood_is_said_in_one_line(
    evergreen: Evergreen, arguments: list[str], complaint: str
) -> None:
    said = evergreen(*arguments)
    assert said.code == 2
    assert complaint in said.complaint
    assert said.complaint.startswith("evergreen")
    assert said.complaint.endswith("--help")


def test_help_comes_at_once() -> None:
    """Nothing heavy is imported before a command needs it."""
    program = "import sys; from evergreen.cli.main import app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy = {"airflow", "dbt", "great_expectations", "pandas", "numpy", "psycopg", "pydantic", "rich"}
    assert not heavy & set(done.stdout.split())

"""How the command line ends: exit codes, and one line for whatever went wrong."""

from __future__ import annotations

import importlib
import py_compile
from pathlib import Path

import psycopg
import pytest
import typer

from evergreen.cli.main import call
from evergreen.errors import EvergreenError


def ending_with(error: BaseException) -> typer.Typer:
    app = typer.Typer()

    @app.command()
    def end() -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (EvergreenError("orders.csv, line 3:\n  wrong"), 1, "evergreen: orders.csv, line 3: wrong"),
        (KeyboardInterrupt(), 130, "evergreen: interrupted: run it again, it goes on where it was"),
        (typer.Abort(), 130, "evergreen: interrupted: run it again, it goes on where it was"),
        (
            psycopg.OperationalError("connection refused"),
            1,
            "evergreen: the database server went away: run it again, it goes on where it was",
        ),
    ],
)
def test_an_error_is_one_line(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, line: str
) -> None:
    assert call([], ending_with(error)) == code
    assert capsys.readouterr().err.splitlines() == [line]


def test_a_module_compiled_onto_a_full_disk_is_no_interruption(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "written_in_part.py").write_text("numbers = [1, 2, 3]\n", encoding="utf-8")
    compiled = Path(py_compile.compile(str(tmp_path / "written_in_part.py"), doraise=True))
    compiled.write_bytes(compiled.read_bytes()[:40])
    monkeypatch.syspath_prepend(tmp_path)
    app = typer.Typer()
    app.command()(lambda: importlib.import_module("written_in_part"))
    assert call([], app) == 1
    line = f"evergreen: {compiled}: is half written, as a full disk leaves it: remove it"
    assert capsys.readouterr().err.strip().splitlines() == [line]


@pytest.mark.parametrize("code", [0, 1, 3])
def test_a_command_may_choose_its_exit_code(capsys: pytest.CaptureFixture[str], code: int) -> None:
    assert call([], ending_with(typer.Exit(code))) == code
    assert capsys.readouterr().err == ""


def test_a_defect_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        call([], ending_with(ZeroDivisionError()))

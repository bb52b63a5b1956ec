"""How the command line ends: exit codes, and one line for whatever went wrong."""

from __future__ import annotations

import errno
import importlib
import os
import py_compile
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
import typer

from evergreen.cli.main import call
from evergreen.errors import EvergreenError
from evergreen.warehouse.connections import Warehouse


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
        (
            psycopg.errors.AdminShutdown("terminating connection"),
            1,
            "evergreen: the database server went away: run it again, it goes on where it was",
        ),
        (
            psycopg.errors.DiskFull("could not extend file: No space left on device\nHINT: Check it."),
            1,
            "evergreen: the database server says: could not extend file: No space left on device: "
            "mend that, then run it again",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            1,
            "evergreen: a file: cannot be written or read (No space left on device): free space, "
            "then run it again",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "/home/run.lock"),
            1,
            "evergreen: /home/run.lock: cannot be written or read (Permission denied): "
            "run as the user whose it is, or name another place",
        ),
        (
            UnicodeEncodeError("ascii", "a 单 b", 2, 3, "ordinal not in range"),
            1,
            "evergreen: '\\u5355' cannot be written in ascii: use a locale with UTF-8, such as C.UTF-8",
        ),
    ],
)
def test_an_error_is_one_line(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, line: str
) -> None:
    assert call([], ending_with(error)) == code
    assert capsys.readouterr().err.splitlines() == [line]


def test_a_server_without_a_disk_says_so(
    session_warehouse: Warehouse, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 20))
    assert call([], ending_with(psycopg.OperationalError("connection refused"))) == 1
    assert "is full: free space, then run it again" in capsys.readouterr().err


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


def test_a_terminal_that_cannot_draw_a_frame_gets_the_table(session_warehouse: Warehouse) -> None:
    """A letter that data hold is another matter: it is not replaced where programs read it."""
    done = ascii_only("sql", "select 1 as one")
    assert done.stdout.splitlines()[1] == "???"
    done = ascii_only("sql", "select U&'\\5355' as one", "--format", "csv", expect=1)
    assert done.stderr.splitlines() == [
        "evergreen: '\\u5355' cannot be written in ascii: use a locale with UTF-8, such as C.UTF-8"
    ]


def ascii_only(*arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "evergreen.cli", *arguments],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == expect, done.stderr
    return done


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["--version"]) == 0
    assert capsys.readouterr().out == f"evergreen {version('evergreen')}\n"

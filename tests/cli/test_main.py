"""How the command line ends: exit codes, and one line for whatever went wrong."""

from __future__ import annotations

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


@pytest.mark.parametrize("code", [0, 1, 3])
def test_a_command_may_choose_its_exit_code(capsys: pytest.CaptureFixture[str], code: int) -> None:
    assert call([], ending_with(typer.Exit(code))) == code
    assert capsys.readouterr().err == ""


def test_a_defect_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        call([], ending_with(ZeroDivisionError()))

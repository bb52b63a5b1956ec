"""The `evergreen` command: its parts put together, and what goes wrong said in one line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from evergreen import __version__
from evergreen.cli.commands import (
    daily,
    exports,
    keeping,
    quarantine,
    questions,
    releases,
    services,
    simulation,
    sources,
)
from evergreen.cli.compiled import half_written
from evergreen.cli.reasons import in_one_line

app = typer.Typer(
    name="evergreen",
    help="A customer-relationship warehouse: orders and surveys in, gated loads, trustworthy marts out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (daily, questions, keeping, simulation, services):
    app.add_typer(part.commands)
app.add_typer(sources.commands, name="source")
app.add_typer(quarantine.commands, name="quarantine")
app.add_typer(releases.commands, name="release")
app.add_typer(exports.commands, name="export")


def _tell_version(asked: bool) -> None:
    if asked:
        print(f"evergreen {__version__}")
        raise typer.Exit


@app.callback()
def _before_commands(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Take what may stand before a command."""


def call(arguments: Sequence[str], command: Callable[..., Any] = app) -> int:
    """Run the command line and return its exit code; what goes wrong is said in one line."""
    from typer.exceptions import TyperException

    try:
        code = command(args=list(arguments), prog_name="evergreen", standalone_mode=False)
        sys.stdout.flush()
    except TyperException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "evergreen"
        message = error.format_message()
        if "\nCommands:" in message:  # no command was given
            print(message, file=sys.stderr)
            return error.exit_code
        return _complain(path, f"{message.rstrip('.')}: see {path} --help", error.exit_code)
    except (KeyboardInterrupt, typer.Abort) as end:
        return _interrupted(end)
    except BrokenPipeError:
        code = _leave_quietly()
    except SystemExit as end:  # typer's answer to a broken pipe, with the 1 of a failure
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        code = _leave_quietly()
    except Exception as error:
        line = in_one_line(error)
        if line is None:
            raise
        return _complain("evergreen", line, 1)
    if code == 130:  # what typer makes of Ctrl-C
        return _interrupted()
    return code if isinstance(code, int) else 0


def _interrupted(end: BaseException | None = None) -> int:
    if end and (half := half_written(end)):
        return _complain("evergreen", f"{half}: is half written, as a full disk leaves it: remove it", 1)
    return _complain("evergreen", "interrupted: run it again, it goes on where it was", 130)


def _leave_quietly() -> int:
    """Return 0: a reader that has enough, such as `head`, is no failure, not even to `set -o pipefail`."""
    sys.stdout = open("/dev/null", "w")  # noqa: SIM115, PTH123 - nothing may be flushed at exit
    return 0


def _complain(who: str, message: str, code: int) -> int:
    print(f"{who}: {' '.join(message.split())}", file=sys.stderr)
    return code


def main() -> None:
    """Be the `evergreen` command."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr] # a frame that the terminal cannot draw
    sys.exit(call(sys.argv[1:]))

"""Commands about releases."""

from __future__ import annotations

from typing import Annotated

import typer

commands = typer.Typer(help="List the releases, or go back to an earlier one.", no_args_is_help=True)


@commands.command("list")
def release_list() -> None:
    """Show the releases: live, kept to go back to, gone.

    \b
    evergreen release list
    """
    from evergreen.cli.releases import list_releases

    list_releases()


@commands.command("rollback")
def release_rollback(
    to: Annotated[int | None, typer.Option(metavar="RELEASE", help="Which; default: the one before.")] = None,
) -> None:
    """Let an earlier release be live again. At once, and for all marts together.

    \b
    evergreen release rollback
    evergreen release rollback --to 7
    """
    from evergreen.cli.releases import roll_back

    roll_back(to)

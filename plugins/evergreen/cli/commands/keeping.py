"""Commands that keep the warehouse, or a person out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()


@commands.command()
def backup(
    file: Annotated[Path, typer.Argument(help="File to write; replaced when the new one is complete.")],
) -> None:
    """Write the whole warehouse to one file. Everything goes on meanwhile.

    \b
    evergreen backup warehouse.dump

    The keys in secrets.json are not in it: keep them too, in another place.
    """
    from evergreen.cli.backup import back_up

    back_up(file)


@commands.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `evergreen backup` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Also where there is a warehouse.")] = False,
) -> None:
    """Bring the warehouse back to a backup, whole or not at all.

    \b
    evergreen restore warehouse.dump
    evergreen restore warehouse.dump --replace
    """
    from evergreen.cli.backup import restore as bring_back

    bring_back(file, replace=replace)


@commands.command()
def erase(
    customer: Annotated[
        str, typer.Argument(help="What the source calls the customer; without --source, the marts' key.")
    ],
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose customer it is, such as shop.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="For the record: no personal data, please.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a customer from what was loaded and from all marts. They are kept out from now on.

    \b
    evergreen erase C000123 --source shop
    evergreen erase 0f3a9c51d2e84b7790aa61c4 --reason "request 2026-117" --yes

    The orders stay as guest sales. It cannot be undone, and earlier releases cannot be gone back to.
    """
    from evergreen.cli.erase import erase_customer

    erase_customer(customer, source, reason, sure=yes)

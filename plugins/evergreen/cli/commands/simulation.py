"""The command that writes simulated data."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Preset(StrEnum):
    """How the simulated customers behave."""

    reference = "reference"
    cdnow_like = "cdnow_like"


commands = typer.Typer()


@commands.command()
def simulate(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write to; is made.")],
    customers: Annotated[int, typer.Option(min=1, help="How many customers the shop has.")] = 1000,
    years: Annotated[float, typer.Option(min=0.1, max=100, help="How many years it has been trading.")] = 2.0,
    preset: Annotated[Preset, typer.Option(help="How the customers behave.")] = Preset.reference,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds make equal shops.")] = 1,
) -> None:
    """Write a simulated shop and its surveys to files. Everything about them is known.

    The last line that is printed loads them.

    \b
    evergreen simulate --customers 5000 --years 3 --out shop
    """
    from evergreen.cli.simulate import simulate as write

    write(out, customers=customers, years=years, preset=preset.value, seed=seed)

"""Commands that write files for others."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class FileFormat(StrEnum):
    """What `evergreen export marts` writes."""

    parquet = "parquet"
    csv = "csv"


commands = typer.Typer(help="Write marts or audiences to files.", no_args_is_help=True)


@commands.command("marts")
def export_marts(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write to; is made.")],
    mart: Annotated[list[str] | None, typer.Option(help="Which; default: all; repeatable.")] = None,
    format: Annotated[FileFormat, typer.Option(help="Of the files.")] = FileFormat.parquet,
) -> None:
    """Write marts of the live release to a file each. All of one release; release.json says of which.

    \b
    evergreen export marts --out exports
    evergreen export marts --out exports --format csv --mart customers --mart cohort_retention
    """
    from evergreen.cli.export import marts

    marts(out, format.value, mart or [])


@commands.command("audience")
def export_audience(
    out: Annotated[Path, typer.Option(metavar="FILE", help="CSV file to write.")],
    where: Annotated[
        list[str] | None, typer.Option(metavar="FIELD=VALUE", help="Who belongs to it; repeatable.")
    ] = None,
    identified: Annotated[
        bool, typer.Option("--identified", help="With identifiers and personal data, as the steward.")
    ] = False,
) -> None:
    """Write customers of certain stages, tiers or warnings as CSV. For marketing tools.

    \b
    evergreen export audience --where stage=danger --where stage=termination --out keep.csv
    evergreen export audience --where stage=interruption --identified --out winback.csv

    Fields are stage, profit_tier, risk_band (of a churn warning), segment, region and channel. Values of one
    field widen the audience, another field narrows it. Customers are pseudonyms unless --identified asks for
    the people; such a file is readable by its owner only.
    """
    from evergreen.cli.export import audience

    audience(out, where or [], identified=identified)

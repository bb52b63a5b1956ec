"""What a day needs: run, and see how it went."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()


@commands.command()
def run(
    source: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=PATH", help="Activate this source, and others only if named too; repeatable."
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="As-of date; default: the last day that has an event.")
    ] = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Compute everything anew, not only what changed.")
    ] = False,
) -> None:
    """Load what is pending, build the marts, judge and publish them.

    \b
    evergreen run
    evergreen run --source online_retail=data/online_retail --until 2011-12-09
    evergreen run --source cdnow=CDNOW_master.txt --source shop=simulated --source survey=simulated

    PATH is a folder, a file, an object-store URI, a database or web address, or `simulated` for the built-in
    shop and its surveys, which are also what a home without sources begins with. Sources once activated stay
    active. The embedded server stays up: `evergreen stop` stops it.
    """
    from evergreen.cli.run import run_pipeline

    run_pipeline(source or [], until, full_refresh=full_refresh)


@commands.command()
def status() -> None:
    """Show how things stand; exit code 1 if a person has to act. Batches, gates, release, freshness.

    \b
    evergreen status
    evergreen status || mail -s "Evergreen needs you" data@example.org
    """
    from evergreen.cli.status import show_status

    raise typer.Exit(show_status())


@commands.command()
def report(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to; default: reports/ of the home.")
    ] = None,
) -> None:
    """Write the report about the live release: one HTML file. Readable anywhere, without a network.

    \b
    evergreen report
    evergreen report --out customers.html
    """
    from evergreen.cli.report import write

    write(out)


@commands.command()
def gates(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to; default: reports/ of the home.")
    ] = None,
) -> None:
    """Show what the gates found: what failed, how much, since when. With examples, but nobody's data.

    \b
    evergreen gates
    evergreen gates --out gates.html
    """
    from evergreen.cli.gates import show_gates

    show_gates(out)


@commands.command()
def doctor() -> None:
    """Check what a run needs; exit code 1 if something is wrong. Disk, server, roles, locks, sources.

    \b
    evergreen doctor

    Every line is one check; where something is wrong, the next line says what to do. Nothing is changed.
    """
    from evergreen.cli.doctor import examine

    raise typer.Exit(examine())

"""Commands that start and stop what keeps running."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()


@commands.command()
def serve(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Default: 8080, or the next free one.")
    ] = None,
) -> None:
    """Run Airflow with scheduler and web pages, until Ctrl-C. On the embedded database.

    \b
    evergreen serve
    evergreen serve --port 8090

    The embedded server stays up afterwards: `evergreen stop` stops both.
    """
    from evergreen.cli.services import serve as serve_airflow

    serve_airflow(port)


@commands.command()
def dashboards(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Default: 8088, or the next free one.")
    ] = None,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Only write what a Superset elsewhere needs to know.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Open every dashboard in Chromium; fail if a chart shows nothing.")
    ] = False,
    pictures: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="With --check: where a picture of each is written.")
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --check: where the SQL of every chart is written."),
    ] = None,
) -> None:
    """Run Apache Superset with the dashboards, until Ctrl-C. `make dashboards` installs it and calls this.

    \b
    evergreen dashboards
    evergreen dashboards --port 8090
    evergreen dashboards --check --pictures docs/dashboards
    """
    from evergreen.cli import dashboards as superset

    if prepare:
        superset.prepare()
    elif check:
        raise typer.Exit(superset.check(pictures, queries))
    else:
        superset.serve(port)


@commands.command(
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "allow_interspersed_args": False,  # what follows Airflow's command is Airflow's, --help too
    }
)
def airflow(context: typer.Context) -> None:
    """Call Airflow's own command on this home. All arguments go to it.

    \b
    evergreen airflow jobs check
    evergreen airflow backfill create --dag-id load_shop --from-date 2026-01-01 --to-date 2026-01-07
    evergreen airflow scheduler

    AIRFLOW__… variables that are set stay as they are: this is how a deployment starts each service.
    """
    from evergreen.cli.services import airflow as call_airflow

    call_airflow(context.args)


@commands.command()
def stop(
    force: Annotated[bool, typer.Option("--force", help="Stop them while a run is at work, too.")] = False,
) -> None:
    """Stop the embedded server, and Airflow. `evergreen serve` ends with it.

    \b
    evergreen stop
    """
    from evergreen.cli.services import stop as stop_server

    stop_server(force=force)

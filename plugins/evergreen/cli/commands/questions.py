"""Commands that ask the warehouse, or tell a client where it is."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer


class Format(StrEnum):
    """How `evergreen sql` writes its answer."""

    table = "table"
    csv = "csv"
    json = "json"


class RoleName(StrEnum):
    """Who connects."""

    reader = "reader"
    loader = "loader"
    transformer = "transformer"
    steward = "steward"
    admin = "admin"


commands = typer.Typer()


@commands.command()
def sql(
    statement: Annotated[
        str, typer.Argument(metavar="SQL", help="One statement; - reads it from standard input.")
    ],
    format: Annotated[Format, typer.Option(help="How to write the answer.")] = Format.table,
) -> None:
    """Query marts and audit as the read-only role.

    \b
    evergreen sql "select cohort_month, months_since_first, retention_rate from cohort_retention"
    evergreen sql "select customer_id, net_revenue from customers" --format csv > customers.csv
    """
    from evergreen.cli.query import query

    query(sys.stdin.read() if statement == "-" else statement, format.value)


@commands.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(
    context: typer.Context,
    role: Annotated[RoleName, typer.Option(help="Who connects.")] = RoleName.reader,
) -> None:
    """Open a shell on the warehouse; further arguments go to psql.

    \b
    evergreen psql
    evergreen psql -c "\\dv marts.*"
    evergreen psql --role steward
    """
    from evergreen.cli.query import shell

    raise typer.Exit(shell(role.value, context.args))


@commands.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def metrics(context: typer.Context) -> None:
    """Ask MetricFlow for metrics of the live release. As the reader; all arguments go to it.

    \b
    evergreen metrics list metrics
    evergreen metrics query --metrics retention_rate --group-by cohort__months_since_first
    """
    from evergreen.cli.metrics import ask

    raise typer.Exit(ask(context.args))


@commands.command()
def url(role: Annotated[RoleName, typer.Option(help="Who connects.")] = RoleName.reader) -> None:
    """Print the connection string, password included. For BI tools and scripts.

    \b
    evergreen url
    psql "$(evergreen url)" -c "select count(*) from customers"
    """
    from evergreen.cli.query import print_url

    print_url(role.value)

"""The `evergreen` command: what it understands. Each command imports what it needs when it is called."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from evergreen.errors import EvergreenError

app = typer.Typer(
    name="evergreen",
    help="A customer-relationship warehouse: orders and surveys in, gated loads, trustworthy marts out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
release = typer.Typer(help="List the releases, or go back to an earlier one.", no_args_is_help=True)
quarantine = typer.Typer(help="See what the gates held back, and why.", no_args_is_help=True)
source_app = typer.Typer(
    help="Describe a new source by a look at it, or take one away.", no_args_is_help=True
)
app.add_typer(release, name="release")
app.add_typer(quarantine, name="quarantine")
app.add_typer(source_app, name="source")
export = typer.Typer(help="Write marts or audiences to files.", no_args_is_help=True)
app.add_typer(export, name="export")


class Format(StrEnum):
    """How `evergreen sql` writes its answer."""

    table = "table"
    csv = "csv"
    json = "json"


class FileFormat(StrEnum):
    """What `evergreen export marts` writes."""

    parquet = "parquet"
    csv = "csv"


class RoleName(StrEnum):
    """Who connects."""

    reader = "reader"
    loader = "loader"
    transformer = "transformer"
    steward = "steward"
    admin = "admin"


class Preset(StrEnum):
    """How the simulated customers behave."""

    reference = "reference"
    cdnow_like = "cdnow_like"


@app.command()
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


@app.command()
def sql(
    statement: Annotated[
        str, typer.Argument(metavar="SQL", help="One statement; - reads it from standard input.")
    ],
    format: Annotated[Format, typer.Option(help="How to write the answer.")] = Format.table,
) -> None:
    """Query marts and audit as the read-only role.

    \b
    evergreen sql "select * from cohort_retention order by 1, 2 limit 10"
    evergreen sql "select customer_id, net_revenue from customers" --format csv > customers.csv
    """
    from evergreen.cli.query import query

    query(sys.stdin.read() if statement == "-" else statement, format.value)


@app.command()
def status() -> None:
    """Show batches, gates, release and freshness; exit code 1 if something needs a person.

    \b
    evergreen status
    evergreen status || mail -s "Evergreen needs you" data@example.org
    """
    from evergreen.cli.status import show_status

    raise typer.Exit(show_status())


@app.command()
def report(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to; default: reports/ of the home.")
    ] = None,
) -> None:
    """Write the report about the live release: one HTML file, readable anywhere, without a network.

    \b
    evergreen report
    evergreen report --out customers.html
    """
    from evergreen.cli.report import write

    write(out)


@export.command("marts")
def export_marts(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write to; is made.")],
    mart: Annotated[list[str] | None, typer.Option(help="Which; default: all; repeatable.")] = None,
    format: Annotated[FileFormat, typer.Option(help="Of the files.")] = FileFormat.parquet,
) -> None:
    """Write marts of the live release to a file each, all of one release, and say in release.json of which.

    \b
    evergreen export marts --out exports
    evergreen export marts --out exports --format csv --mart customers --mart cohort_retention
    """
    from evergreen.cli.export import marts

    marts(out, format.value, mart or [])


@export.command("audience")
def export_audience(
    out: Annotated[Path, typer.Option(metavar="FILE", help="CSV file to write.")],
    where: Annotated[
        list[str] | None, typer.Option(metavar="FIELD=VALUE", help="Who belongs to it; repeatable.")
    ] = None,
    identified: Annotated[
        bool, typer.Option("--identified", help="With identifiers and personal data, as the steward.")
    ] = False,
) -> None:
    """Write customers of certain stages, tiers or warnings to a CSV file for marketing tools.

    \b
    evergreen export audience --where stage=danger --where stage=termination --out keep.csv
    evergreen export audience --where stage=interruption --identified --out winback.csv

    Fields are stage, profit_tier, risk_band (of a churn warning), segment, region and channel. Values of one
    field widen the audience, another field narrows it. Customers are pseudonyms unless --identified asks for
    the people; such a file is readable by its owner only.
    """
    from evergreen.cli.export import audience

    audience(out, where or [], identified=identified)


@app.command()
def doctor() -> None:
    """Check environment, disk, server, roles, locks, landing and sources; exit code 1 if something is wrong.

    \b
    evergreen doctor

    Every line is one check; where something is wrong, the next line says what to do. Nothing is changed.
    """
    from evergreen.cli.doctor import examine

    raise typer.Exit(examine())


@source_app.command("add")
def source_add(  # noqa: PLR0913, PLR0917 - a parameter per option
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it, such as my_shop.")],
    location: Annotated[
        str,
        typer.Option(
            "--from", metavar="PATH", help="A file of orders, a folder or URI of such files, or a database."
        ),
    ],
    table: Annotated[
        str | None, typer.Option(metavar="SCHEMA.TABLE", help="Which table of the database.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE=HEADER", help="Which column is what, where the guess is wrong; repeatable."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the definition and the names of the files; write nothing.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="With --dry-run: show all the files.")] = False,
) -> None:
    """Look at a file or table of orders and write definition, models and suite of a new source, ready to run.

    \b
    evergreen source add my_shop --from exports/orders.csv --dry-run
    evergreen source add my_shop --from exports/orders.csv
    evergreen source add my_shop --from exports --column customer="Client ref" --column discount=
    evergreen source add my_shop --from postgresql://me@db.example.org/shop --table public.orders

    Files are CSV (comma, semicolon, tab or |), JSON, JSON lines and Parquet, also packed with gzip; of a
    Postgres database --table names the table. The roles are line, order, customer, ordered, product,
    product_name, category, quantity, price, discount, amount, currency, status, channel, segment and region;
    ROLE= alone says that no column has the role.
    """
    from evergreen.cli.sources import add_source, shown

    add_source(name, location, column or [], table, show=shown(dry_run=dry_run, full=full))


@source_app.command("remove")
def source_remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")],
    loaded_only: Annotated[
        bool, typer.Option("--loaded-only", help="Keep the definition: the next load takes everything anew.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take a source away: what was loaded of it, its quarantine, its customers, and its definition.

    \b
    evergreen source remove my_shop
    evergreen source remove my_shop --loaded-only --yes

    It shows what goes before it asks. With --loaded-only the definition stays, so that its key or its types
    can be mended and all deliveries loaded anew. The marts follow with the next run.
    """
    from evergreen.cli.remove import remove_source

    remove_source(name, loaded_only=loaded_only, sure=yes)


@app.command()
def gates(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to; default: reports/ of the home.")
    ] = None,
) -> None:
    """Show what the gates found: what failed, how much, since when, with examples but nobody's data.

    \b
    evergreen gates
    evergreen gates --out gates.html
    """
    from evergreen.cli.gates import show_gates

    show_gates(out)


@release.command("list")
def release_list() -> None:
    """Show the releases, the live one marked, and which are kept to go back to.

    \b
    evergreen release list
    """
    from evergreen.cli.releases import list_releases

    list_releases()


@release.command("rollback")
def release_rollback(
    to: Annotated[int | None, typer.Option(metavar="RELEASE", help="Which; default: the one before.")] = None,
) -> None:
    """Let an earlier release be live again, at once and for all marts together.

    \b
    evergreen release rollback
    evergreen release rollback --to 7
    """
    from evergreen.cli.releases import roll_back

    roll_back(to)


@quarantine.command("list")
def quarantine_list() -> None:
    """Show what is in quarantine, by batch and rule.

    \b
    evergreen quarantine list
    """
    from evergreen.cli.quarantine import list_quarantine

    list_quarantine()


@quarantine.command("show")
def quarantine_show(
    batch: Annotated[int, typer.Argument(help="Number of the batch, as `quarantine list` shows it.")],
    limit: Annotated[int, typer.Option(min=1, help="Rows to show at most.")] = 20,
) -> None:
    """Show the rows of a batch that were held back, with line number and rule; as the steward.

    \b
    evergreen quarantine show 17 --limit 5
    """
    from evergreen.cli.quarantine import show_quarantine

    show_quarantine(batch, limit)


Rule = Annotated[str | None, typer.Option(help="Only rows that broke this rule.")]
Line = Annotated[int | None, typer.Option(min=1, help="Only the row with this line number.")]


@quarantine.command("readmit")
def quarantine_readmit(
    batches: Annotated[
        list[int], typer.Argument(help="Numbers of batches, as `quarantine list` shows them.")
    ],
    rule: Rule = None,
    line: Line = None,
) -> None:
    """Let rows in again, as a batch of their own, which the gate judges as it is now.

    \b
    evergreen quarantine readmit 17
    evergreen quarantine readmit 17 18 --rule negative_price

    Mend the rule or the definition before. Of a batch that was rejected as a whole, all rows come back.
    """
    from evergreen.cli.quarantine import readmit

    readmit(batches, rule, line)


@quarantine.command("discard")
def quarantine_discard(
    batches: Annotated[
        list[int], typer.Argument(help="Numbers of batches, as `quarantine list` shows them.")
    ],
    reason: Annotated[str, typer.Option(help="Why; it is remembered, so no personal data, please.")],
    rule: Rule = None,
    line: Line = None,
) -> None:
    """Say that rows will not be needed, or that a rejected batch is dealt with.

    \b
    evergreen quarantine discard 17 --reason "test orders of the till"
    evergreen quarantine discard 17 18 --rule duplicate_line --reason "printed twice"
    """
    from evergreen.cli.quarantine import discard

    discard(batches, reason, rule, line)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="File to write; replaced when the new one is complete.")],
) -> None:
    """Write the whole warehouse to one file, while everything goes on.

    \b
    evergreen backup warehouse.dump

    The keys in secrets.json are not in it: keep them too, in another place.
    """
    from evergreen.cli.backup import back_up

    back_up(file)


@app.command()
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


@app.command()
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
    """Erase a customer from everything that was loaded and from all marts, and keep them out from now on.

    \b
    evergreen erase C000123 --source shop
    evergreen erase 0f3a9c51d2e84b7790aa61c4 --reason "request 2026-117" --yes

    The orders stay as guest sales. It cannot be undone, and earlier releases cannot be gone back to.
    """
    from evergreen.cli.erase import erase_customer

    erase_customer(customer, source, reason, sure=yes)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write to; is made.")],
    customers: Annotated[int, typer.Option(min=1, help="How many customers the shop has.")] = 1000,
    years: Annotated[float, typer.Option(min=0.1, help="How many years it has been trading.")] = 2.0,
    preset: Annotated[Preset, typer.Option(help="How the customers behave.")] = Preset.reference,
    seed: Annotated[int, typer.Option(help="Equal seeds make equal shops.")] = 1,
) -> None:
    """Write a simulated shop and its surveys, with known truth, to files.

    \b
    evergreen simulate --customers 5000 --years 3 --out shop
    """
    from evergreen.cli.simulate import simulate as write

    write(out, customers=customers, years=years, preset=preset.value, seed=seed)


@app.command()
def serve(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Default: 8080, or the next free one.")
    ] = None,
) -> None:
    """Run Airflow with scheduler and web pages on the embedded database, until Ctrl-C.

    \b
    evergreen serve
    evergreen serve --port 8090

    The embedded server stays up afterwards: `evergreen stop` stops both.
    """
    from evergreen.cli.services import serve as serve_airflow

    serve_airflow(port)


@app.command()
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


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
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


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def metrics(context: typer.Context) -> None:
    """Ask MetricFlow for metrics of the live release, as the reader; all arguments go to it.

    \b
    evergreen metrics list metrics
    evergreen metrics query --metrics retention_rate --group-by cohort__months_since_first
    """
    from evergreen.cli.metrics import ask

    raise typer.Exit(ask(context.args))


@app.command()
def url(role: Annotated[RoleName, typer.Option(help="Who connects.")] = RoleName.reader) -> None:
    """Print the connection string, password included, for BI tools and scripts.

    \b
    evergreen url
    psql "$(evergreen url)" -c "select count(*) from customers"
    """
    from evergreen.cli.query import print_url

    print_url(role.value)


@app.command(
    context_settings={
        "allow_extra_args": True,
        "ignore_unknown_options": True,
        "allow_interspersed_args": False,  # what follows Airflow's command is Airflow's, --help too
    }
)
def airflow(context: typer.Context) -> None:
    """Call Airflow's own command on this home; all arguments go to it.

    \b
    evergreen airflow jobs check
    evergreen airflow backfill create --dag-id load_shop --from-date 2026-01-01 --to-date 2026-01-07
    evergreen airflow scheduler

    AIRFLOW__… variables that are set stay as they are: this is how a deployment starts each service.
    """
    from evergreen.cli.services import airflow as call_airflow

    call_airflow(context.args)


@app.command()
def stop() -> None:
    """Stop the embedded server, and Airflow if `evergreen serve` runs.

    \b
    evergreen stop
    """
    from evergreen.cli.services import stop as stop_server

    stop_server()


def call(arguments: Sequence[str], command: Callable[..., Any] = app) -> int:
    """Run the command line and return its exit code; what goes wrong is said in one line."""
    from typer.exceptions import TyperException

    try:
        code = command(args=list(arguments), prog_name="evergreen", standalone_mode=False)
        sys.stdout.flush()
    except EvergreenError as error:
        return _complain("evergreen", str(error), 1)
    except TyperException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "evergreen"
        message = error.format_message()
        if "\nCommands:" in message:  # no command was given
            print(message, file=sys.stderr)
            return error.exit_code
        return _complain(path, f"{message.rstrip('.')}: see {path} --help", error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        sys.stdout = open("/dev/null", "w")  # noqa: SIM115, PTH123 - nothing may be flushed at exit
        return 0
    if code == 130:  # what typer makes of Ctrl-C
        return _complain("evergreen", "interrupted: run it again, it goes on where it was", code)
    return code if isinstance(code, int) else 0


def _complain(who: str, message: str, code: int) -> int:
    print(f"{who}: {' '.join(message.split())}", file=sys.stderr)
    return code


def main() -> None:
    """Be the `evergreen` command."""
    sys.exit(call(sys.argv[1:]))

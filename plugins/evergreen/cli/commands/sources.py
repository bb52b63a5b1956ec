"""Commands about what comes in."""

from __future__ import annotations

from typing import Annotated

import typer

commands = typer.Typer(help="Describe a new source by a look at it, or take one away.", no_args_is_help=True)


@commands.command("add")
def source_add(  # noqa: PLR0913, PLR0917 - a parameter per option
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it, such as my_shop.")],
    location: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="PATH|URL",
            help="A file of orders, a folder or URI of such files, a database, or a table of a web service.",
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
    """Look at a file or table of orders, and write a new source. Definition, models and suite, ready to run.

    \b
    evergreen source add my_shop --from exports/orders.csv --dry-run
    evergreen source add my_shop --from exports/orders.csv
    evergreen source add my_shop --from exports --column customer="Client ref" --column discount=
    evergreen source add my_shop --from postgresql://me@db.example.org/shop --table public.orders
    evergreen source add my_shop --from https://shop.example.org/api/orders

    Files are CSV (comma, semicolon, tab or |), JSON, JSON lines and Parquet, also packed with gzip; of a
    Postgres database --table names the table; a web service answers JSON, in pages or at once. The roles
    are line, order, customer, ordered, product, product_name, category, quantity, price, discount, amount,
    currency, status, channel, segment and region; ROLE= alone says that no column has the role.
    """
    from evergreen.cli.sources import add_source, shown

    add_source(name, location, column or [], table, show=shown(dry_run=dry_run, full=full))


@commands.command("remove")
def source_remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")],
    loaded_only: Annotated[
        bool, typer.Option("--loaded-only", help="Keep the definition: the next load takes everything anew.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take a source away, and what was loaded of it. Its quarantine, its customers, its definition.

    \b
    evergreen source remove my_shop
    evergreen source remove my_shop --loaded-only --yes

    It shows what goes before it asks. With --loaded-only the definition stays, so that its key or its types
    can be mended and all deliveries loaded anew. The marts follow with the next run.
    """
    from evergreen.cli.remove import remove_source

    remove_source(name, loaded_only=loaded_only, sure=yes)

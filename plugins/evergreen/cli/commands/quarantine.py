"""Commands about what the gates held back."""

from __future__ import annotations

from typing import Annotated

import typer

Rule = Annotated[str | None, typer.Option(help="Only rows that broke this rule.")]
Line = Annotated[int | None, typer.Option(min=1, help="Only the row with this line number.")]

commands = typer.Typer(help="See what the gates held back, and why.", no_args_is_help=True)


@commands.command("list")
def quarantine_list() -> None:
    """Show what is in quarantine, by batch and rule.

    \b
    evergreen quarantine list
    """
    from evergreen.cli.quarantine import list_quarantine

    list_quarantine()


@commands.command("show")
def quarantine_show(
    batch: Annotated[int, typer.Argument(help="Number of the batch, as `quarantine list` shows it.")],
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Rows to show at most.")] = 20,
) -> None:
    """Show the rows of a batch that were held back. With line number and rule; as the steward.

    \b
    evergreen quarantine show 17 --limit 5
    """
    from evergreen.cli.quarantine import show_quarantine

    show_quarantine(batch, limit)


@commands.command("readmit")
def quarantine_readmit(
    batches: Annotated[
        list[int], typer.Argument(help="Numbers of batches, as `quarantine list` shows them.")
    ],
    rule: Rule = None,
    line: Line = None,
) -> None:
    """Let rows in again, as a batch of their own. The gate judges it as it is now.

    \b
    evergreen quarantine readmit 17
    evergreen quarantine readmit 17 18 --rule negative_price

    Mend the rule or the definition before. Of a batch that was rejected as a whole, all rows come back.
    """
    from evergreen.cli.quarantine import readmit

    readmit(batches, rule, line)


@commands.command("discard")
def quarantine_discard(
    batches: Annotated[
        list[int], typer.Argument(help="Numbers of batches, as `quarantine list` shows them.")
    ],
    reason: Annotated[str, typer.Option(help="Why; it is remembered, so no personal data, please.")],
    rule: Rule = None,
    line: Line = None,
) -> None:
    """Say that rows are not needed, or a rejected batch is settled.

    \b
    evergreen quarantine discard 17 --reason "test orders of the till"
    evergreen quarantine discard 17 18 --rule duplicate_line --reason "printed twice"
    """
    from evergreen.cli.quarantine import discard

    discard(batches, reason, rule, line)

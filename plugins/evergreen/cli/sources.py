"""`evergreen source add`: what was found out about a new source, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from evergreen.cli.tables import aligned
from evergreen.cli.terminal import program
from evergreen.errors import EvergreenError
from evergreen.onboarding.add import Addition, propose
from evergreen.settings import activation
from evergreen.sources.locations import redacted, scheme

_LONGEST = 40

Shown = Literal["definition", "everything"]


def shown(*, dry_run: bool, full: bool) -> Shown | None:
    """Return what is to be shown instead of being written, None where it is to be written."""
    if full and not dry_run:
        raise EvergreenError("source add --full: shows what would be written: say it with --dry-run")
    return ("everything" if full else "definition") if dry_run else None


def add_source(
    name: str, location: str, columns: list[str], table: str | None, *, show: Shown | None
) -> None:
    """Describe the source `name` from the sample at `location`; see `evergreen source add --help`.

    Raises:
        EvergreenError: nothing was written; the message says why.
    """
    addition = propose(name, location, _roles(columns), table)
    _show(addition)
    if show:
        _show_files(addition, full=show == "everything")
        return
    addition.write()
    print("\nWritten:")
    for path in addition.files:
        print(f"  {path}")
    print("  dbt_project/dbt_project.yml (a line below deliveries)")
    service = addition.plan.sample.service
    address = service.location if service else location
    place = redacted(address) if scheme(address) else str(Path(address).expanduser().absolute())
    ours = f"{program()} run"
    print(f"\nNext:\n  {ours} --source {name}={_quoted(place)}")
    if place != address and scheme(address):
        print("  with the password, and whatever else the address had, which is not repeated here")
    others = {known: at for known, at in sorted(activation().items()) if known != name}
    if others:
        print(f"Sources that are not named go out of the marts. To keep {', '.join(others)}, add\n ", end="")
        for known, at in others.items():
            print(f" --source {known}={_quoted(redacted(at))}" if at else f" --source {known}", end="")
        print()


def _show_files(addition: Addition, *, full: bool) -> None:
    """Print the definition, and of the other files the names and how long they are, or all of them."""
    definition, *others = addition.files
    for path in addition.files if full else [definition]:
        print(f"\n── {path}\n{addition.files[path]}", end="")
    if not full:
        lines = [(path, addition.files[path].count("\n")) for path in others]
        print("\n" + "\n".join(aligned(["file besides", "lines"], lines)))
        print("\nNothing was written. --dry-run --full shows these files too.")
    else:
        print("\nNothing was written.")


def _roles(columns: list[str]) -> dict[str, str]:
    said: dict[str, str] = {}
    for argument in columns:
        role, separator, header = argument.partition("=")
        if not role or not separator:
            raise EvergreenError(f'--column {argument}: write ROLE=HEADER, such as customer="Client ref"')
        if role in said:
            raise EvergreenError(f"--column {argument}: {role} is named twice: a role has one column")
        said[role] = header
    return said


def _show(addition: Addition) -> None:
    plan = addition.plan
    sample = plan.sample
    more = f", the last of {sample.files} files" if sample.files > 1 else ""
    print(f"Looked at {len(sample.rows):,} records of {sample.address}{more}.\n")
    rows = [
        (
            column.header,
            column.name,
            " ".join([column.type, *column.clean]),
            column.role.says if column.role else "personal: kept apart" if column.is_personal else "kept",
            _cut(", ".join(column.examples)),
        )
        for column in plan.columns
    ]
    print("\n".join(aligned(["header", "column", "read as", "taken for", "such as"], rows)))
    print(f"\nDelivers {', '.join(plan.entities)}.")
    print("\nLook here:")
    for note in (*plan.notes, "time_zone: UTC is assumed for all times"):
        print(f"  {note}")
    print(f"  anything taken for the wrong thing: --column now, or sources/{plan.source}.yml later")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)

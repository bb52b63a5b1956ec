"""`evergreen source remove`: take a source away, or what was loaded of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from evergreen import progress
from evergreen.cli.access import has_warehouse
from evergreen.cli.locks import only_run
from evergreen.cli.tables import aligned
from evergreen.cli.terminal import confirm, program, sink_for
from evergreen.errors import EvergreenError
from evergreen.onboarding.deliveries import PROJECT_FILE
from evergreen.orchestration import services
from evergreen.orchestration.outcomes import terminable
from evergreen.orchestration.runs import refuse_beside_scheduler
from evergreen.removal import definition, loaded
from evergreen.removal.definition import Written
from evergreen.removal.loaded import Loaded
from evergreen.settings import activate, activation, settings
from evergreen.sources import registry
from evergreen.sources.names import checked
from evergreen.warehouse import migrate
from evergreen.warehouse.connections import Warehouse

_AT_WORK = "and would load it again meanwhile: stop it first"


def remove_source(name: str, *, loaded_only: bool, sure: bool) -> None:
    """Take the source `name` away; see `evergreen source remove --help`.

    Args:
        name: of the source; its definition may be missing already.
        loaded_only: keep the definition.
        sure: do not ask.

    Raises:
        EvergreenError: nothing of it is here, something stands in the way, or nobody is there to say that it
            is meant; nothing was changed.
    """
    try:
        checked(name)
    except ValueError as error:
        raise EvergreenError(f"source remove: {error}") from None
    written = definition.find(name)
    if not loaded_only:
        definition.refuse_if_named_elsewhere(written)
    with only_run("`evergreen source remove`"), terminable(), _warehouse() as warehouse:
        progress.use(sink_for(sys.stdout))
        there = _loaded(warehouse, name)
        if not there and (loaded_only or not written) and name not in activation():
            raise EvergreenError(_nothing(name, written))
        _show(there, None if loaded_only else written)
        if not sure:
            confirm(
                "This cannot be undone from here. Remove?",
                unattended="a source that was removed does not come back by itself: say --yes where nobody "
                "can be asked",
                declined="nothing was removed",
            )
        if warehouse is not None:
            loaded.forget(warehouse, there)
        if loaded_only:
            _prepare(warehouse, name)
        else:
            if name in activation():
                activate({other: place for other, place in activation().items() if other != name})
            written.remove()
    _say_next(name, loaded_only=loaded_only)


@contextmanager
def _warehouse() -> Iterator[Warehouse | None]:
    """Open the warehouse of this home if it has one, and nobody else works on it."""
    if not has_warehouse():
        yield None
        return
    services.refuse_beside(_AT_WORK)
    with Warehouse.borrowed() as warehouse:
        migrate.apply(warehouse)
        refuse_beside_scheduler(warehouse, _AT_WORK)
        yield warehouse


def _loaded(warehouse: Warehouse | None, name: str) -> Loaded:
    if warehouse is None:
        return Loaded(name, [], {}, 0)
    with warehouse.connect("admin") as connection:
        return loaded.find(connection, name, definition.tables(name))


def _nothing(name: str, written: Written) -> str:
    if written:
        return (
            f"source {name}: nothing of it was loaded here: leave --loaded-only out to remove its definition"
        )
    known = ", ".join(sorted(path.stem for path in (settings().project / "sources").glob("*.yml")))
    return f"source {name}: nothing of it is here: there are {known or 'none'}"


def _show(there: Loaded, written: Written | None) -> None:
    """Print what goes; without `written` the definition stays."""
    if there.rows:
        print("\n".join(aligned(["what was loaded", "rows"], sorted(there.rows.items()))))
    else:
        print("Nothing of it was loaded into this home.")
    if there.batches:
        print(f"Batches that stay in the ledger, as history: {there.batches:,}")
    if written is None:
        print(f"\nThe definition stays: sources/{there.source}.yml")
        return
    print("\nDefinition:")
    for path in written.files:
        print(f"  {path}")
    if written.is_entered:
        print(f"  {PROJECT_FILE} (its entry below deliveries)")


def _prepare(warehouse: Warehouse | None, name: str) -> None:
    """Make the tables anew, empty, so that a build finds them; a definition to be mended is told about."""
    from evergreen.loading import tables

    if warehouse is None:
        return
    try:
        tables.prepare(warehouse, [registry.load(name)])
    except EvergreenError as error:
        progress.note(f"{error}")


def _say_next(name: str, *, loaded_only: bool) -> None:
    others = sorted(activation())
    ours = program()
    if loaded_only:
        print(f"\nRemoved. Mend sources/{name}.yml if need be; the next load takes everything anew:\n")
        print(f"  {ours} run" if name in others else f"  {ours} run --source {name}=PATH")
    elif others:
        print(f"\nRemoved. The marts are without it after the next build:\n\n  {ours} run")
    else:
        print("\nRemoved. No source is active any more: what is published stays until one is loaded:\n")
        print(f"  {ours} run --source NAME=PATH")

"""What the tasks of the load DAGs do."""

from __future__ import annotations

from evergreen.orchestration import simulated
from evergreen.orchestration.outcomes import NothingToDo, body
from evergreen.settings import activation
from evergreen.sources import registry
from evergreen.sources.identifiers import check_identifiers
from evergreen.warehouse import migrate
from evergreen.warehouse.connections import Warehouse


@body
def land(source: str) -> dict[str, int]:
    """Land what the source has to offer and the ledger does not know yet."""
    from evergreen.loading import load

    active = activation()
    if source not in active:
        raise NothingToDo(
            f"{source} is not active in this home: `evergreen run --source {source}=PATH` activates it"
        )
    check_identifiers(registry.load(source))
    warehouse = Warehouse.open()
    migrate.apply(warehouse)
    return load.land(source, simulated.location(warehouse, source, active[source]))


@body
def gate(source: str) -> dict[str, int]:
    """Judge every landed batch of the source."""
    from evergreen.loading import load

    return load.gate(source)


@body
def promote(source: str) -> dict[str, int]:
    """Promote every judged batch of the source; without one, nobody downstream needs to know."""
    from evergreen.loading import load

    done = load.promote(source)
    if not done["batches"] and not done["rejected_batches"]:
        raise NothingToDo(f"{source}: nothing new")
    return done

"""`evergreen backup` and `evergreen restore`."""

from __future__ import annotations

import sys
from pathlib import Path

from evergreen import progress
from evergreen.cli.access import existing_warehouse
from evergreen.cli.locks import only_run
from evergreen.cli.terminal import sink_for
from evergreen.erasure import people
from evergreen.errors import EvergreenError
from evergreen.orchestration import services
from evergreen.orchestration.runs import refuse_beside_scheduler
from evergreen.settings import settings
from evergreen.sources import registry
from evergreen.warehouse import backup as backups
from evergreen.warehouse.connections import Warehouse


def back_up(path: Path) -> None:
    """Write a backup and say how large it is."""
    with existing_warehouse() as warehouse:
        size = backups.backup(warehouse, path)
    print(f"{path}: {size / 1e6:,.1f} MB. Keep {settings().home}/secrets.json too, and elsewhere:")
    print("without its keys nobody is recognised, neither customers nor who was erased.")


def restore(path: Path, *, replace: bool) -> None:
    """Put a backup in the place of the warehouse.

    Raises:
        EvergreenError: it cannot be, Airflow is at work, or the keys here are not those of the backup.
    """
    at_work = "and would load and build meanwhile: stop it first"
    backups.require_file(path)
    with only_run("`evergreen restore`"):
        services.refuse_beside(at_work)
        progress.use(sink_for(sys.stdout))
        warehouse = Warehouse.open()
        refuse_beside_scheduler(warehouse, at_work)
        backups.restore(warehouse, path, replace=replace)
        with warehouse.connect("steward") as steward:
            are_ours = people.are_known_by_our_keys(steward, registry.load_all().values())
    if not are_ours:
        raise EvergreenError(
            # not the whole file: the passwords in it are those of another server
            f"{path}: is restored, but was made under other keys: before anything is loaded, copy "
            f"pseudonym_key and erasure_key, and nothing else, from its secrets.json into "
            f"{settings().home}/secrets.json, or set EVERGREEN_PSEUDONYM_KEY and EVERGREEN_ERASURE_KEY"
        )
    print(f"{path}: restored. `evergreen status` shows what is there.")

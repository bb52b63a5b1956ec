"""The built-in source systems: a simulated shop in a database of its own, and the files of its surveys."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import psycopg

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.settings import settings
from evergreen.warehouse.connections import Warehouse

# Stands for the location of a built-in source, whose address differs from home to home.
SIMULATED = "simulated"
BUILT_IN = ("shop", "survey")


def check(source: str) -> None:
    """Make sure that there is a built-in `source`.

    Raises:
        EvergreenError: there is none.
    """
    if source not in BUILT_IN:
        raise EvergreenError(
            f"--source {source}={SIMULATED}: only {' and '.join(BUILT_IN)} are built in: "
            f"say where {source} is, {source}=PATH"
        )


def survey_folder() -> Path:
    """Return the folder to which the simulated surveys are delivered."""
    return settings().home / "survey"


def location(warehouse: Warehouse, source: str, place: str) -> str:
    """Return where a source really is: its place, or that of the built-in one."""
    if place != SIMULATED:
        return place
    check(source)
    return warehouse.database("shop") if source == "shop" else str(survey_folder())


def live_on(warehouse: Warehouse, sources: Sequence[str]) -> None:
    """Set the simulated shop up, or let it live one more day, if any of `sources` is built in."""
    if not sources:
        return
    from evergreen.simulator.reveal import live_one_more_day
    from evergreen.simulator.shop import simulate_into

    url = warehouse.database("shop")
    if not _is_there(url):
        simulate_into(url, survey_folder(), replace=True)  # files may be left of an attempt that was cut
        return
    day = live_one_more_day(url, survey_folder())
    if day is None:
        progress.note("The simulated shop has lived through all of its days: nothing more happens in it")
        return
    rows = sum(day.rows.values())
    done = f"{rows:,} rows, {len(day.files)} survey files"
    progress.note(f"The simulated shop lived one day more, {day.day}: {done}")


def _is_there(url: str) -> bool:
    with psycopg.connect(url) as connection:
        found = connection.execute("select to_regclass('simulator.clock') is not null").fetchone()
    return bool(found and found[0])

"""The simulated shop lives on: what falls due on the next day becomes known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from evergreen.simulator.database import FUTURE, clock, connected
from evergreen.simulator.survey_files import SurveyFolder, delivered_columns
from evergreen.simulator.tables import RESPONSES, SHOP, SURVEYS, Table

# A response names a customer or does not; an answer goes with its response.
_NAMES_CUSTOMER = (
    "exists (select from due_responses as response"
    " where response.response_id = due.response_id and response.customer_id is not null)"
)


@dataclass(frozen=True)
class Day:
    """A day that was lived: rows that are new or changed, by table, and survey files written."""

    day: date
    rows: dict[str, int] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)


def live_one_more_day(url: str, survey_folder: Path) -> Day | None:
    """Let the shop at `url` live through its next day, and write that day's survey files.

    New rows appear, known ones change, their `updated_at` moves. Returns None where nothing more was
    simulated. A call that is cut leaves the day before, and the next one repeats the day.

    Raises:
        EvergreenError: there is no simulated shop at `url`, or no way to it.
    """
    with connected(url) as connection:
        today, last = clock(connection, lock=True)
        if today >= last:
            return None
        lived = Day(today + timedelta(days=1))
        for table in SHOP:
            if changed := _reveal(connection, table, lived.day):
                lived.rows[table.name] = changed
        for table in SURVEYS:
            _take_due(connection, table, lived.day)
        folder = SurveyFolder(survey_folder)
        folder.clear_day(lived.day)
        for table in SURVEYS:
            lived.files.extend(_write_files(connection, folder, table, lived.day))
        connection.execute("update simulator.clock set today = %s", [lived.day])
    return lived


def today_of(url: str) -> date:
    """Return the day it is in the shop at `url`.

    Raises:
        EvergreenError: there is no simulated shop, or no way to it.
    """
    with connected(url) as connection:
        return clock(connection)[0]


def _reveal(connection: psycopg.Connection, table: Table, day: date) -> int:
    """Move what falls due by the end of `day` out of the future: of each row one version at most."""
    names, key = ", ".join(table.columns), ", ".join(table.key)
    changes = ", ".join(f"{name} = excluded.{name}" for name in table.columns if name not in table.key)
    result = connection.execute(
        f"with due as (delete from {FUTURE}{table.name} where updated_at < %s returning {names})"
        f" insert into public.{table.name} ({names})"
        f" select {names} from due on conflict ({key}) do update set {changes}",
        [day + timedelta(days=1)],
    )
    return result.rowcount


def _take_due(connection: psycopg.Connection, table: Table, day: date) -> None:
    """Move the day's responses or answers into a temporary table."""
    names = ", ".join(table.columns)
    connection.execute(
        f"create temporary table {_due(table)} on commit drop as select {names}"
        f" from {FUTURE}{table.name} with no data"
    )
    connection.execute(
        f"with due as (delete from {FUTURE}{table.name} where updated_at < %s returning {names})"
        f" insert into {_due(table)} select {names} from due",
        [day + timedelta(days=1)],
    )


def _write_files(
    connection: psycopg.Connection, folder: SurveyFolder, table: Table, day: date
) -> Iterator[Path]:
    """Write the files of a day: CSV for customers, JSON for those who name nobody."""
    names = ", ".join(delivered_columns(table))
    named = f"select {names} from {_due(table)} as due where {_NAMES_CUSTOMER}"
    anonymous = f"select {names} from {_due(table)} as due where not {_NAMES_CUSTOMER}"
    order = f" order by {', '.join(table.key)}"
    with connection.cursor().copy(f"copy ({named}{order}) to stdout (format csv)") as copy:
        text = [bytes(block) for block in copy]
    if text:
        yield folder.write_day(table, day, text)
    records: list[dict[str, Any]] = (
        connection.cursor(row_factory=dict_row).execute(f"{anonymous}{order}").fetchall()
    )
    if records:
        yield folder.write_anonymous_day(table, day, records)


def _due(table: Table) -> str:
    return "due_responses" if table is RESPONSES else "due_answers"

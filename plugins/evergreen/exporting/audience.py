"""Audiences: customers of certain stages, tiers and warnings, as a CSV file that marketing tools take."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from psycopg import sql

from evergreen.appearing import appearing
from evergreen.errors import EvergreenError
from evergreen.exporting.relations import FORMULA, live_release, marts
from evergreen.warehouse.connections import Connection, Warehouse

_BLOCK = 10_000

_COLUMNS = {
    # column → where it stands
    "customer_id": "lifecycle.customer_id",
    "stage": "lifecycle.stage",
    "stage_since": "lifecycle.stage_since",
    "reason": "lifecycle.reason",
    "treatment": "lifecycle.treatment",
    "segment": "customers.segment",
    "region": "customers.region",
    "channel": "customers.channel",
    "profit_tier": "customers.profit_tier",
    "count_orders": "customers.count_orders",
    "net_revenue": "customers.net_revenue",
    "last_ordered_at": "customers.last_ordered_at",
    "risk_band": "warnings.risk_band",
}


FIELDS = ("stage", "profit_tier", "risk_band", "segment", "region", "channel")
"""Columns by which an audience is chosen."""

Choice = Mapping[str, list[str]]
"""Field → values, one of which a customer has to have; of every field."""


def export_audience(warehouse: Warehouse, path: Path, choice: Choice, *, identified: bool = False) -> int:
    """Write the customers of an audience to a CSV file; return how many there are.

    Args:
        warehouse: read as the reader; as the steward too where people are to be named.
        path: the file; one that is there is replaced.
        choice: who belongs to it.
        identified: add the identifier in the source and all personal columns; the file is then readable by
            its owner only.

    Raises:
        EvergreenError: a value that no customer has, nothing published, or the file cannot be written.
    """
    with warehouse.connect("reader") as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        live_release(connection)
        origin = _origin(connection)
        for column, values in choice.items():
            _check(connection, origin, column, values)
        people = _People(warehouse) if identified else None
        query = _query(origin, choice)
        with (
            appearing(path, private=identified) as beside,
            beside.open("w", encoding="utf-8", newline="") as file,
            connection.cursor("audience", withhold=False) as cursor,
        ):
            cursor.itersize = _BLOCK
            count = _write(file, cursor.execute(query, list(choice.values())), people)
    return count


def _origin(connection: Connection) -> sql.Composed:
    """Return FROM and its joins; without a mart of warnings nobody is warned of."""
    known = marts(connection)
    missing = [name for name in ("customer_lifecycle", "customers") if name not in known]
    if missing:
        raise EvergreenError(f"{missing[0]}: the live release has no such mart: `evergreen run` builds it")
    warnings = (
        sql.SQL("marts.churn_warnings")
        if "churn_warnings" in known
        else sql.SQL("(select null::text as customer_id, null::text as risk_band where false)")
    )
    return sql.SQL(
        " from marts.customer_lifecycle as lifecycle"
        " inner join marts.customers as customers on customers.customer_id = lifecycle.customer_id"
        " left join {} as warnings on warnings.customer_id = lifecycle.customer_id"
    ).format(warnings)


def _check(connection: Connection, origin: sql.Composed, column: str, values: list[str]) -> None:
    """Refuse a value that nobody has: a slip of the pen would make an empty audience."""
    place = sql.SQL(_COLUMNS[column])
    rows = connection.execute(
        sql.SQL("select distinct {0} {1} where {0} is not null order by 1").format(place, origin)
    ).fetchall()
    known = [value for (value,) in rows]
    for value in values:
        if value not in known:
            there = f"there are {', '.join(known)}" if known else "nobody has one yet"
            raise EvergreenError(f"{value}: no customer's {column} is that: {there}")


def _query(origin: sql.Composed, choice: Choice) -> sql.Composed:
    columns = sql.SQL(", ").join(
        sql.SQL("{} as {}").format(sql.SQL(place), sql.Identifier(name)) for name, place in _COLUMNS.items()
    )
    conditions = [sql.SQL("{} = any(%s)").format(sql.SQL(_COLUMNS[column])) for column in choice]
    where = sql.SQL(" where {}").format(sql.SQL(" and ").join(conditions)) if conditions else sql.SQL("")
    return sql.SQL("select {}{}{} order by customers.net_revenue desc, lifecycle.customer_id").format(
        columns, origin, where
    )


def _write(file: Any, rows: Iterable[tuple[Any, ...]], people: _People | None) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*_COLUMNS, *(people.columns if people else ())])
    count = 0
    iterator = iter(rows)
    while block := list(islice(iterator, _BLOCK)):
        names = people.of([row[0] for row in block]) if people else {}
        for row in block:
            writer.writerow([_harmless(value) for value in (*row, *names.get(row[0], ()))])
        count += len(block)
    return count


def _harmless(value: Any) -> Any:
    """Let no spreadsheet compute a text, as `relations.harmless` does in SQL."""
    if isinstance(value, str) and re.match(FORMULA, value):
        return f"'{value}"
    return value


class _People:
    """Who the customers are, as the steward may know."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        with warehouse.connect("steward") as connection:
            rows = connection.execute(
                "select distinct jsonb_object_keys(personal) from pii.customers order by 1"
            ).fetchall()
        self._keys = [key for (key,) in rows]

    @property
    def columns(self) -> list[str]:
        """Return the names of what is added: source, identifier, and what any source says of people."""
        return ["source", "identifier", *self._keys]

    def of(self, customers: list[str]) -> dict[str, tuple[Any, ...]]:
        """Return what is added to each of these customers; of several sources the first by name."""
        with self._warehouse.connect("steward") as connection:
            rows = connection.execute(
                """
                select distinct on (customer_id) customer_id, source, identifier, personal
                from pii.customers
                where customer_id = any(%s)
                order by customer_id, (personal = '{}'), source
                """,
                [customers],
            ).fetchall()
        return {row[0]: (row[1], row[2], *(row[3].get(key) for key in self._keys)) for row in rows}

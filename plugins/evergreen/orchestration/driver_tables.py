"""What travels between the warehouse and the estimation of drivers, by COPY in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from psycopg import sql

from evergreen.orchestration.copied import copied, only_row
from evergreen.satisfaction.arrays import Floats
from evergreen.warehouse.connections import Connection

# of an attribute; NULL where too few tell
DRIVER_MEASURES = (
    "derived_importance",
    "derived_importance_low",
    "derived_importance_high",
    "penalty",
    "reward",
)
# table → columns, in the order in which rows are given
COLUMNS = {
    "attributes": ("period", "instrument", "attribute", "responses", *DRIVER_MEASURES),
    "paths": ("period", "from_construct", "to_construct", "responses", "coefficient", "low", "high"),
    "index_weights": ("period", "item_code", "weight"),
}


@dataclass(frozen=True)
class Terms:
    """The row of int_satisfaction__terms."""

    interval_quantile: float
    driver_quarters: int
    minimum_responses: int
    respondents_per_attribute: int
    minimum_path_respondents: int


@dataclass(frozen=True)
class Panel:
    """Answers as a matrix: rows are quarters of respondents, columns what was asked.

    names: of the columns.
    periods: the quarters there are, in order; `period` is the position of each row's quarter.
    respondent: a number per respondent; ascending.
    values: shape (rows, columns), from 0 to 100; NaN = not told.
    """

    names: list[str]
    periods: list[date]
    period: np.ndarray
    respondent: np.ndarray
    values: Floats


def read_terms(connection: Connection) -> Terms:
    """Return what this build asks for."""
    return only_row(connection, "int_satisfaction__terms", Terms)


def instruments(connection: Connection) -> list[str]:
    """Return the questionnaires that ask for attributes and for satisfaction as a whole."""
    rows = connection.execute(
        "select distinct instrument from kept.int_satisfaction__ratings"
        " where rated_company = 'own' order by 1"
    )
    return [name for (name,) in rows.fetchall()]


def read_ratings(connection: Connection, instrument: str) -> Panel:
    """Read the attributes that a questionnaire asks for; the last column is satisfaction as a whole."""
    of_instrument = sql.SQL(
        "from kept.int_satisfaction__ratings where rated_company = 'own' and instrument = {}"
    ).format(sql.Literal(instrument))
    return _read(
        connection,
        sql.SQL(
            "select period, respondent_id, attribute as name, rating as value {0}"
            # sorts behind every name
            " union all select distinct period, respondent_id, '~', overall {0}"
        ).format(of_instrument),
    )


def read_indicators(connection: Connection) -> tuple[Panel, list[str]]:
    """Read the items of the index, and the construct that each of them belongs to."""
    panel = _read(
        connection,
        sql.SQL(
            "select period, respondent_id, item_code as name, score as value"
            " from intermediate.int_satisfaction__indicators"
        ),
    )
    rows = connection.execute(
        "select distinct item_code, construct from intermediate.int_satisfaction__indicators"
    )
    construct = dict(rows.fetchall())
    return panel, [construct[name] for name in panel.names]


def read_constructs(connection: Connection) -> Panel:
    """Read what customers tell of the constructs of the chain, whichever questionnaire asked."""
    return _read(
        connection,
        sql.SQL(
            "select period, customer_id as respondent_id, construct as name, score as value"
            " from intermediate.int_satisfaction__constructs"
        ),
    )


def replace(connection: Connection, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Replace the rows of a table in schema `estimates`; they are few."""
    table = sql.Identifier("estimates", name)
    connection.execute(sql.SQL("delete from {}").format(table))
    columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS[name]))
    with connection.cursor().copy(sql.SQL("copy {} ({}) from stdin").format(table, columns)) as copy:
        for row in rows:
            copy.write_row(row)


def _read(connection: Connection, query: sql.Composable) -> Panel:
    """Read rows of (period, respondent_id, name, value) and lay them out as a matrix.

    They are numbered by the server, in the order of their identifiers, so that the matrix is the same however
    the rows lie in the table.
    """
    import pyarrow as pa

    numbered = sql.SQL(
        """
        select
            (period - date '1970-01-01')::integer,
            (dense_rank() over (order by respondent_id))::integer,
            (dense_rank() over (order by name collate "C"))::integer,
            value
        from ({query}) as told
        """
    ).format(query=query)
    kinds = {"day": pa.int32(), "respondent": pa.int32(), "column": pa.int32(), "value": pa.float64()}
    table = copied(connection, numbered, kinds)
    names = [
        name
        for (name,) in connection.execute(
            sql.SQL('select distinct name collate "C" from ({}) as told order by 1').format(query)
        ).fetchall()
    ]
    day, respondent, column = (table[number].to_numpy() for number in range(3))
    row_key = respondent.astype(np.int64) * (1 << 20) + day
    keys, row = np.unique(row_key, return_inverse=True)
    values = np.full((len(keys), len(names)), np.nan)
    values[row, column - 1] = table[3].to_numpy()
    days, period = np.unique(keys % (1 << 20), return_inverse=True)
    epoch = date(1970, 1, 1).toordinal()
    periods = [date.fromordinal(epoch + int(day)) for day in days]
    return Panel(names, periods, period, keys >> 20, values)

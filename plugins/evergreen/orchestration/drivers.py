"""Between two builds of dbt: what drives satisfaction is estimated from the answers of the candidate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np

from evergreen import progress
from evergreen.orchestration import driver_tables as tables
from evergreen.orchestration.driver_tables import Panel, Terms
from evergreen.publishing import candidate as candidates
from evergreen.satisfaction.arrays import Floats
from evergreen.satisfaction.chain import (
    CHAIN_PATHS,
    INDEX_CONSTRUCTS,
    INDEX_PATHS,
    Path,
    estimate_index,
    link,
)
from evergreen.satisfaction.contrast import penalty_reward
from evergreen.satisfaction.regression import standardised_weights
from evergreen.warehouse.connections import Connection, Warehouse

Row = tuple[Any, ...]

_DECIMALS = 6  # what lies beyond depends on the machine


def estimate_candidate(warehouse: Warehouse, release_id: int) -> dict[str, int]:
    """Estimate drivers and paths for a candidate, where the build of the marts reads them.

    They are written in one transaction: a task that is cut off leaves nothing, and one that runs again
    replaces what it wrote.

    Returns:
        Figures: rows by table.
    """
    with candidates.adding(warehouse, "estimates") as connection:
        candidates.current(connection, release_id)
        with progress.step("Estimating drivers", unit="rows") as step:
            found = estimates(connection, tables.read_terms(connection))
            with connection.transaction():
                for name, rows in found.items():
                    tables.replace(connection, name, rows)
            step.advance(sum(map(len, found.values())))
    return {name: len(rows) for name, rows in found.items()}


def estimates(connection: Connection, terms: Terms) -> dict[str, list[Row]]:
    """Return the rows of the tables in schema `estimates`."""
    paths, weights = _index(connection, terms)
    return {
        "attributes": list(_attributes(connection, terms)),
        "paths": paths + list(_chain(connection, terms)),
        "index_weights": weights,
    }


def _attributes(connection: Connection, terms: Terms) -> Iterator[Row]:
    """Yield what each attribute does for satisfaction as a whole, by quarter and questionnaire.

    Where too few tell, the row has their count alone.
    """
    for instrument in tables.instruments(connection):
        panel = tables.read_ratings(connection, instrument)
        enough = max(terms.minimum_responses, terms.respondents_per_attribute * (panel.values.shape[1] - 1))
        for period, rows in _windows(panel, terms.driver_quarters):
            values = _respondents(panel, rows)
            if len(values) < enough:
                unknown = (None,) * len(tables.DRIVER_MEASURES)
                yield from ((period, instrument, name, len(values), *unknown) for name in panel.names[:-1])
                continue
            ratings, overall = values[:, :-1], values[:, -1]
            weights = standardised_weights(ratings, overall, terms.interval_quantile)
            contrast = penalty_reward(ratings, overall)
            measures = (weights.estimate, weights.low, weights.high, contrast.penalty, contrast.reward)
            for attribute, *measured in zip(panel.names, *measures, strict=False):
                yield period, instrument, attribute, len(values), *map(_rounded, measured)


def _index(connection: Connection, terms: Terms) -> tuple[list[Row], list[Row]]:
    """Return paths of the index by quarter, and the weights of its items where they are all positive."""
    panel, constructs = tables.read_indicators(connection)
    paths: list[Row] = []
    weights: list[Row] = []
    is_whole = set(constructs) == set(INDEX_CONSTRUCTS)
    for period, rows in _windows(panel, terms.driver_quarters):
        values = _respondents(panel, rows)
        enough = is_whole and len(values) >= terms.minimum_path_respondents
        model = estimate_index(values, constructs, terms.interval_quantile) if enough else None
        if model is None:
            paths += [(period, *path, len(values), None, None, None) for path in INDEX_PATHS]
            continue
        paths += [_path_row(period, path) for path in model.paths]
        told = [
            (period, item, _rounded(weight))
            for item, weight in zip(panel.names, model.weights, strict=True)
            if not math.isnan(weight)
        ]
        weights += told if all(weight and weight > 0 for *_, weight in told) else []
    return paths, weights


def _chain(connection: Connection, terms: Terms) -> Iterator[Row]:
    """Yield the links between constructs that customers tell in different questionnaires, by quarter."""
    panel = tables.read_constructs(connection)
    for period, rows in _windows(panel, terms.driver_quarters):
        customers = _mean_by(panel.respondent[rows], panel.values[rows])
        for cause, effect in CHAIN_PATHS:
            if not {cause, effect} <= set(panel.names):
                continue
            causes, effects = (customers[:, panel.names.index(name)] for name in (cause, effect))
            path = link(cause, effect, causes, effects, terms.interval_quantile)
            if path.respondents < terms.minimum_responses:
                yield period, cause, effect, path.respondents, None, None, None
            else:
                yield _path_row(period, path)


def _windows(panel: Panel, quarters: int) -> Iterator[tuple[date, np.ndarray]]:
    """Yield each quarter with the rows of the quarters up to it, so many together."""
    for number, period in enumerate(panel.periods):
        first = _quarters_before(period, quarters - 1)
        known = [position for position in range(number + 1) if panel.periods[position] >= first]
        yield period, np.flatnonzero(np.isin(panel.period, known))


def _quarters_before(period: date, quarters: int) -> date:
    months = period.year * 12 + period.month - 1 - 3 * quarters
    return date(months // 12, months % 12 + 1, 1)


def _respondents(panel: Panel, rows: np.ndarray) -> Floats:
    """Return the mean row of each respondent over the quarters in which they told everything."""
    told = rows[~np.isnan(panel.values[rows]).any(axis=1)]
    return _mean_by(panel.respondent[told], panel.values[told])


def _mean_by(respondent: np.ndarray, values: Floats) -> Floats:
    """Return the mean row of each respondent; what they never told is NaN."""
    _, place = np.unique(respondent, return_inverse=True)
    count = int(place.max()) + 1 if len(place) else 0
    sums, told = np.zeros((count, values.shape[1])), np.zeros((count, values.shape[1]))
    np.add.at(sums, place, np.nan_to_num(values))
    np.add.at(told, place, ~np.isnan(values))
    mean: Floats = np.divide(sums, told, out=np.full(sums.shape, np.nan), where=told > 0)
    return mean


def _path_row(period: date, path: Path) -> Row:
    measured = (path.coefficient, path.low, path.high)
    return period, path.cause, path.effect, path.respondents, *map(_rounded, measured)


def _rounded(value: float) -> float | None:
    """Return a number as it is published; NaN is no number."""
    return round(float(value), _DECIMALS) if math.isfinite(value) else None

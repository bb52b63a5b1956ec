"""What drivers are estimated from: respondents, each once, however many quarters they answer in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from evergreen.orchestration import drivers
from evergreen.orchestration.driver_tables import Terms
from evergreen.satisfaction.chain import INDEX_CONSTRUCTS
from evergreen.satisfaction.regression import standardised_weights
from evergreen.warehouse.connections import Connection, Warehouse

FIRST, SECOND = date(2024, 1, 1), date(2024, 4, 1)
TERMS = Terms(
    interval_quantile=1.96,
    driver_quarters=4,
    minimum_responses=30,
    respondents_per_attribute=10,
    minimum_path_respondents=40,
)
RATINGS = "period, instrument, rated_company, respondent_id, attribute, rating, overall"
INDICATORS = "period, respondent_id, item_code, construct, score"


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[Connection]:
    """A connection to the steps that are read, without rows."""
    with warehouse.connect("transformer") as opened:
        opened.execute(
            """
            create table kept.int_satisfaction__ratings (
                period date, instrument text, rated_company text, respondent_id text, attribute text,
                rating numeric, overall numeric
            );
            create table intermediate.int_satisfaction__indicators (
                period date, respondent_id text, item_code text, construct text, score numeric
            );
            create table intermediate.int_satisfaction__constructs (
                period date, customer_id text, construct text, score numeric
            );
            """
        )
        yield opened


def rate(connection: Connection, values: np.ndarray, period: date) -> None:
    """Let respondents rate speed and hours, and tell of the whole."""
    for number, (speed, hours, overall) in enumerate(values):
        for attribute, rating in (("speed", speed), ("hours", hours)):
            if not np.isnan(rating):
                connection.execute(
                    f"insert into kept.int_satisfaction__ratings ({RATINGS})"
                    " values (%s, 'servqual', 'own', %s, %s, %s, %s)",
                    [period, f"c{number}", attribute, float(rating), float(overall)],
                )


def some_ratings(respondents: int, seed: int) -> np.ndarray:
    """Speed, hours and the whole, which hangs on both."""
    random = np.random.default_rng(seed)
    speed, hours = np.rint(random.uniform(0, 100, (2, respondents)))
    return np.column_stack(
        [speed, hours, np.rint(0.6 * speed + 0.2 * hours + random.normal(0, 5, respondents))]
    )


def test_who_answers_in_several_quarters_is_one_respondent(connection: Connection) -> None:
    first, second = some_ratings(31, 1), some_ratings(31, 2)
    second[0, 1] = np.nan  # a quarter in which hours are left out is not used
    rate(connection, first, FIRST)
    rate(connection, second, SECOND)

    rows = [row for row in drivers.estimates(connection, TERMS)["attributes"] if row[0] == SECOND]

    means = np.vstack([first[:1], (first[1:] + second[1:]) / 2])
    weights = standardised_weights(means[:, [1, 0]], means[:, 2], TERMS.interval_quantile)
    assert [row[:4] for row in rows] == [(SECOND, "servqual", name, 31) for name in ("hours", "speed")]
    assert [row[4] for row in rows] == pytest.approx(list(weights.estimate), abs=1e-5)
    assert [row[5] for row in rows] == pytest.approx(list(weights.low), abs=1e-5)


def test_answers_of_too_few_respondents_make_no_regression_and_are_counted(connection: Connection) -> None:
    rate(connection, some_ratings(29, 1), FIRST)
    rate(connection, some_ratings(29, 2), SECOND)

    rows = drivers.estimates(connection, TERMS)["attributes"]

    assert rows == [
        (period, "servqual", name, 29, None, None, None, None, None)
        for period in (FIRST, SECOND)
        for name in ("hours", "speed")
    ]


def test_paths_of_the_index_count_respondents(connection: Connection) -> None:
    random = np.random.default_rng(3)
    for period in (FIRST, SECOND):
        for number in range(39):
            for construct in INDEX_CONSTRUCTS:
                connection.execute(
                    f"insert into intermediate.int_satisfaction__indicators ({INDICATORS})"
                    " values (%s, %s, %s, %s, %s)",
                    [period, f"c{number}", f"item of {construct}", construct, int(random.integers(0, 101))],
                )

    paths = drivers.estimates(connection, TERMS)["paths"]

    assert {row[3:5] for row in paths} == {(39, None)}, "39 respondents, though 78 rows of two quarters"

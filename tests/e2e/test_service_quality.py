"""A study of service quality, real answers of 411 people, from the file to importance and quadrants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from e2e.home import Home


@pytest.fixture(scope="module")
def study(new_home: Callable[[], Home], data: Path) -> Home:
    """A home that knows the study and nothing else."""
    home = new_home()
    home.evergreen("run", "--source", f"service_quality={data / 'service_quality' / 'perceptions.csv'}")
    return home


def test_importance_and_performance_are_those_of_the_file(study: Home, data: Path) -> None:
    rows = study.rows("select * from importance_performance order by attribute")
    answers = pd.read_csv(data / "service_quality" / "perceptions.csv")
    items = study.rows(
        "select item_code, attribute from survey_questions where item_role = 'attribute' order by item_code"
    )
    columns = [f"a{int(item['item_code'][2:]):02}" for item in items]
    ratings = answers[columns].T.groupby([item["attribute"] for item in items]).mean().T
    assert [row["attribute"] for row in rows] == list(ratings.columns)
    assert {row["responses"] for row in rows} == {411}
    np.testing.assert_allclose([row["performance"] for row in rows], ratings.mean(), atol=1e-6)

    x = (ratings - ratings.mean()) / ratings.std()
    y = (answers["sat"] - answers["sat"].mean()) / answers["sat"].std()
    importance = np.linalg.lstsq(x.to_numpy(), y.to_numpy(), rcond=None)[0]
    np.testing.assert_allclose([row["derived_importance"] for row in rows], importance, atol=1e-5)
    for row, weight, mean in zip(rows, importance, ratings.mean(), strict=True):
        much, well = weight >= importance.mean(), mean >= ratings.mean().mean()
        expected = {
            (True, False): "concentrate here",
            (True, True): "keep up the good work",
            (False, False): "low priority",
            (False, True): "possible overkill",
        }
        assert row["quadrant"] == expected[much, well]


def test_nobody_is_known_so_nothing_is_weighted(study: Home) -> None:
    [index] = study.rows("select * from satisfaction_index where dimension = 'reliability'")
    assert index["respondents"] == 411 and index["valued_respondents"] == 0
    assert index["unweighted_score"] is not None
    assert not index["value_weighted_score"]
    assert study.value("select count(*)::int from customers") == 0

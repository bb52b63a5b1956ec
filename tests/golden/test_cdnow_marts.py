"""The published results on the CDNOW 1/10 sample (docs/prediction.md), as the marts show them."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from evergreen.warehouse.connections import Warehouse
from marts.prediction.shop import Shop, opened

PARAMETERS = {
    "bg_nbd": ({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, 0.02, -9582.429, 0.01),
    "pareto_nbd": ({"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, 0.10, -9594.976, 0.05),
    "modified_bg_nbd": ({"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, 0.02, -9582.136, 0.01),
    "gamma_gamma": ({"p": 6.25, "q": 3.74, "gamma": 15.44}, 0.02, -4055.918, 0.01),
}
ACTUAL = [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359]
EXPECTED = {
    "bg_nbd": [0.225, 0.523, 1.044, 1.520, 2.164, 2.654, 3.504, 6.157],
    "pareto_nbd": [0.138, 0.600, 1.196, 1.714, 2.398, 2.907, 3.819, 6.403],
}


@pytest.fixture(scope="module")
def shop(
    session_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory, data: Path
) -> Iterator[Shop]:
    """The sample, calibrated as in the papers."""
    with gzip.open(data / "cdnow" / "cdnow_sample.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    days = [f"{row['date'][:4]}-{row['date'][4:6]}-{row['date'][6:]}" for row in rows]
    with opened(session_warehouse, tmp_path_factory.mktemp("cdnow")) as made:
        made.sell([row["sampleid"] for row in rows], days, [row["sales"] for row in rows])
        made.release(date(1998, 6, 30), calibration_end="1997-09-30")
        yield made


def test_the_marts_show_the_published_table(shop: Shop) -> None:
    fits = {row["model"]: row for row in shop.rows("select * from value_model_fits")}
    assert set(fits) == set(PARAMETERS)
    for model, (parameters, tolerance, log_likelihood, within) in PARAMETERS.items():
        row = fits[model]
        assert float(row["log_likelihood"]) == pytest.approx(log_likelihood, abs=within), model
        found = {name: values["estimate"] for name, values in row["parameters"].items()}
        assert found == pytest.approx(parameters, rel=tolerance), model
        assert all(v["low"] < v["estimate"] < v["high"] for v in row["parameters"].values())
        assert row["customers"] == (946 if model == "gamma_gamma" else 2357)
        assert row["time_unit"] == "week"
        assert (row["calibration_start"], row["calibration_end"], row["holdout_end"]) == (
            date(1997, 1, 1),
            date(1997, 9, 30),
            date(1998, 6, 30),
        )
        assert not row["is_fallback"]
        if model != "gamma_gamma":
            assert row["holdout_total_actual"] == 1882
            assert row["holdout_mae"] < row["holdout_mae_zero"]
            assert row["holdout_rmse"] < row["holdout_rmse_own_rate"]
    for model, expected in EXPECTED.items():
        bins = shop.rows(f"select * from value_model_holdout where model = '{model}' order by frequency")
        assert [row["frequency"] for row in bins] == list(range(8))
        assert sum(row["customers"] for row in bins) == 2357
        np.testing.assert_allclose([float(row["actual_mean"]) for row in bins], ACTUAL, atol=0.0006)
        np.testing.assert_allclose([float(row["predicted_mean"]) for row in bins], expected, atol=0.02)


def test_predictions_are_margin(shop: Shop) -> None:
    """The shop keeps 40 % of every sale; whoever has none is not asked about."""
    [row] = shop.rows(
        """
        select
            count(*) as customers,
            count(*) filter (where mart.predicted_value_12m_low <= mart.predicted_value_12m_high) as ordered,
            count(distinct model) as models,
            max(abs(mart.expected_order_value - 0.4 * model.expected_order_value)) as off,
            max(abs(mart.predicted_value_lifetime - 0.4 * model.predicted_value_lifetime)) as lifetime_off,
            sum(mart.predicted_value_12m) as next_year
        from int_value__predictions as mart
        inner join customers as model using (customer_id)
        """
    )
    assert (row["customers"], row["ordered"], row["models"]) == (2357, 2357, 1)
    assert row["off"] < 0.0051
    assert row["lifetime_off"] < 0.0051
    assert 15_000 < row["next_year"] < 30_000


def test_churn_was_foretold_better_than_by_silence(shop: Shop) -> None:
    """By the default calibration, two thirds of the days, and without BG/NBD, which calls most alive."""
    shop.release(date(1998, 6, 30))
    deciles = shop.rows("select * from churn_calibration order by decile")
    assert [row["decile"] for row in deciles] == list(range(1, 11))
    assert sum(row["customers"] for row in deciles) == 2357
    assert {row["foretold_on"] for row in deciles} == {date(1997, 12, 30)}
    assert {row["horizon_days"] for row in deciles} == {90}
    assert {row["model"] for row in deciles} <= {"pareto_nbd", "modified_bg_nbd"}
    assert not any(row["is_adjusted"] for row in deciles)
    first = deciles[0]
    assert first["auc"] > first["rule_auc"] + Decimal("0.05")
    assert first["brier"] < first["rule_brier"] - Decimal("0.03")
    for row in deciles:
        error = (float(row["actual_rate"] * (1 - row["actual_rate"])) / row["customers"]) ** 0.5
        assert abs(float(row["predicted_rate"] - row["actual_rate"])) < 3 * error + 0.05
    assert first["lead_days"] > 30

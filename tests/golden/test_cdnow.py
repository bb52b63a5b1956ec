"""The published results on the CDNOW 1/10 sample (docs/prediction.md), from the file to the holdout."""

from __future__ import annotations

import csv
import gzip
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from evergreen.valuation.bg_nbd import BGNBD
from evergreen.valuation.customers import Customers
from evergreen.valuation.evaluation import evaluate
from evergreen.valuation.fitting import fit
from evergreen.valuation.modified_bg_nbd import ModifiedBGNBD
from evergreen.valuation.occasions import Occasions
from evergreen.valuation.pareto_nbd import ParetoNBD
from evergreen.valuation.selection import try_models
from evergreen.valuation.spend_fitting import fit_spend

DATA = Path(os.environ.get("EVERGREEN_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")
SAMPLE = DATA / "cdnow" / "cdnow_sample.csv.gz"
pytestmark = pytest.mark.skipif(
    not SAMPLE.exists(), reason=f"no {SAMPLE}: set EVERGREEN_TEST_DATA to the folder with cdnow/"
)

CALIBRATION_END = int(np.datetime64("1997-09-30").astype(int))
HOLDOUT_WEEKS = 39.0

# model, parameters, tolerance of parameters, log-likelihood, its tolerance
PUBLISHED = [
    (BGNBD, {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, 0.02, -9582.429, 0.01),
    (ParetoNBD, {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, 0.10, -9594.976, 0.05),
    (ModifiedBGNBD, {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, 0.02, -9582.136, 0.01),
]
ACTUAL = [0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359]
EXPECTED = [
    (BGNBD, [0.225, 0.523, 1.044, 1.520, 2.164, 2.654, 3.504, 6.157]),
    (ParetoNBD, [0.138, 0.600, 1.196, 1.714, 2.398, 2.907, 3.819, 6.403]),
]


@pytest.fixture(scope="module")
def occasions() -> Occasions:
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    days = [f"{row['date'][:4]}-{row['date'][4:6]}-{row['date'][6:]}" for row in rows]
    return Occasions.of(
        [int(row["sampleid"]) for row in rows],
        np.array(days, dtype="datetime64[D]"),
        [float(row["sales"]) for row in rows],
    )


@pytest.fixture(scope="module")
def customers(occasions: Occasions) -> Customers:
    return Customers.at(occasions, CALIBRATION_END)


@pytest.fixture(scope="module")
def holdout(occasions: Occasions, customers: Customers) -> np.ndarray:
    return occasions.count_between(customers.customer, CALIBRATION_END, CALIBRATION_END + 7 * 39)


def test_the_sample_is_the_one_of_the_papers(
    occasions: Occasions, customers: Customers, holdout: np.ndarray
) -> None:
    assert len(occasions.day) == 6696
    assert len(customers.history) == 2357
    assert customers.history.repeaters == 946
    assert holdout.sum() == 1882


@pytest.mark.parametrize(("kind", "parameters", "tolerance", "log_likelihood", "within"), PUBLISHED)
def test_purchase_models_reach_the_published_maximum(
    customers, kind, parameters, tolerance, log_likelihood, within
) -> None:
    fitted = fit(kind, customers.history)
    assert fitted.log_likelihood == pytest.approx(log_likelihood, abs=within)
    assert asdict(fitted.model) == pytest.approx(parameters, rel=tolerance)
    assert fitted.note == ""


def test_gamma_gamma_reaches_the_published_maximum(customers: Customers) -> None:
    fitted = fit_spend(customers.valued_orders, customers.mean_value)
    assert fitted.customers == 946
    assert fitted.log_likelihood == pytest.approx(-4055.918, abs=0.01)
    assert asdict(fitted.model) == pytest.approx({"p": 6.25, "q": 3.74, "gamma": 15.44}, rel=0.02)


@pytest.mark.parametrize(("kind", "expected"), EXPECTED)
def test_holdout_bins_are_the_published_ones(customers, holdout, kind, expected) -> None:
    report = evaluate(fit(kind, customers.history).model, customers.history, holdout, HOLDOUT_WEEKS)
    np.testing.assert_array_equal(report.bins.frequency, np.arange(8))
    np.testing.assert_allclose(report.bins.actual_mean, ACTUAL, atol=0.0006)
    np.testing.assert_allclose(report.bins.predicted_mean, expected, atol=0.02)
    assert report.total_actual == 1882
    assert report.beats_own_rate


def test_models_are_ranked_by_the_holdout(customers: Customers, holdout: np.ndarray) -> None:
    trials = try_models(customers.history, holdout, HOLDOUT_WEEKS)
    likelihoods = [trial.holdout.log_likelihood for trial in trials]
    assert len(trials) == 3
    assert likelihoods == sorted(likelihoods, reverse=True)
    for trial in trials:
        assert trial.holdout.mean_absolute_error < trial.holdout.mean_absolute_error_of_zero
        assert 0.5 < trial.holdout.correlation < 0.7

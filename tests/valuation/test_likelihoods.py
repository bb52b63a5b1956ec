"""Likelihoods against textbook formulas in 60-digit arithmetic, and gradients against differences."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, stats

from evergreen.valuation.bg_nbd import BGNBD
from evergreen.valuation.gamma_gamma import GammaGamma, Spending
from evergreen.valuation.history import History
from evergreen.valuation.modified_bg_nbd import ModifiedBGNBD
from evergreen.valuation.numerics import log_rising
from evergreen.valuation.pareto_nbd import ParetoNBD
from evergreen.valuation.purchase_model import PurchaseModel
from valuation.examples import ALL, EXTREME, HEAVY, ORDINARY, PLAIN, SPEND

# (r, alpha, s, beta), (x, t_x, T), log-likelihood, P(alive); by mpmath with 60 digits
CDNOW_PARETO = (0.55, 10.58, 0.61, 11.67)
PARETO_CASES = [
    (CDNOW_PARETO, (0, 0, 38.86), -0.51702515088753849, 0.29377395046742047),
    (CDNOW_PARETO, (2, 30.43, 38.86), -9.5619812608429639, 0.86841091713209172),
    (CDNOW_PARETO, (26, 30.86, 31), -39.148842188219291, 0.99790507257603924),
    (CDNOW_PARETO, (10_000, 1500, 1565), 8886.4123316011723, 1.6847192676667138e-179),
    (CDNOW_PARETO, (10_000, 1565, 1565.25), 8473.1846604647961, 0.99976308191089465),
    (CDNOW_PARETO, (10_000, 0.01, 1565), 58495.397796712458, 0.0),  # 2·10⁻²¹⁷²⁴
    (CDNOW_PARETO, (3, 0, 10957), -8.2883504566170908, 2.2095939597201201e-12),
    (CDNOW_PARETO, (1, 0.001, 10957), -4.2701213698599145, 1.2093931317410881e-6),
    ((1e-4, 3, 2.5, 400), (7, 3, 900), -20.284876840322223, 4.9805632747045176e-15),
    ((4000, 900, 3000, 1500), (5, 20, 900), -121.4652971134736, 0.0),
    ((0.3, 0.001, 0.2, 10_000), (40, 1, 2), 90.037265384668744, 1.4797883011374021e-6),
]
CDNOW_BG = (0.243, 4.414, 0.793, 2.426)
GEOMETRIC_CASES = [
    (BGNBD, (0, 0, 38.86), -0.55471327643815845, 1.0),
    (BGNBD, (2, 30.43, 38.86), -9.4586063070662712, 0.72657857008067291),
    (BGNBD, (10_000, 1500, 1565), 8921.5572473028884, 2.4817809348315168e-180),
    (BGNBD, (10_000, 1, 1565), 65194.630063708447, 0.0),
    (ModifiedBGNBD, (0, 0, 38.86), -0.38695222057085345, 0.63725333796489528),
    (ModifiedBGNBD, (2, 30.43, 38.86), -9.6871826362499614, 0.77441924262364617),
    (ModifiedBGNBD, (10_000, 1500, 1565), 8921.5570680445207, 2.4820290775398497e-180),
    (ModifiedBGNBD, (10_000, 1, 1565), 65194.629884450079, 0.0),
]


@pytest.mark.parametrize(("parameters", "history", "log_likelihood", "alive"), PARETO_CASES)
def test_pareto_nbd_has_the_exact_likelihood(parameters, history, log_likelihood, alive) -> None:
    model = ParetoNBD(*parameters)
    assert_allclose(model.log_likelihood(History.of(*history)), log_likelihood, rtol=1e-12)
    assert_allclose(model.probability_alive(History.of(*history)), alive, rtol=1e-10)


@pytest.mark.parametrize(("kind", "history", "log_likelihood", "alive"), GEOMETRIC_CASES)
def test_beta_geometric_models_have_the_exact_likelihood(kind, history, log_likelihood, alive) -> None:
    model = kind(*CDNOW_BG)
    assert_allclose(model.log_likelihood(History.of(*history)), log_likelihood, rtol=1e-12)
    assert_allclose(model.probability_alive(History.of(*history)), alive, rtol=1e-9)


def test_pareto_nbd_is_continuous_where_its_scales_are_equal() -> None:
    near = [ParetoNBD(0.5, 10.0 * (1 + shift), 0.6, 10.0) for shift in (-1e-9, 0.0, 1e-9)]
    below, equal, above = (model.log_likelihood(ORDINARY) for model in near)
    assert_allclose(below, equal, rtol=1e-8)
    assert_allclose(above, equal, rtol=1e-8)


@pytest.mark.parametrize("model", [*ALL, *EXTREME], ids=str)
def test_gradients_are_the_differences_of_the_likelihood(model: PurchaseModel) -> None:
    value, gradient = model.gradient(ORDINARY)
    assert_allclose(value, model.log_likelihood(ORDINARY), rtol=1e-12, atol=1e-12)
    step = 1e-5
    for number, direction in enumerate(np.eye(len(gradient)) * step):
        above, below = (
            type(model).from_logarithms(model.logarithms + sign * direction) for sign in (1.0, -1.0)
        )
        difference = (above.log_likelihood(ORDINARY) - below.log_likelihood(ORDINARY)) / (2.0 * step)
        scale = np.maximum(1.0, np.abs(value))
        assert_allclose(gradient[number] / scale, difference / scale, rtol=2e-5, atol=2e-7)


@pytest.mark.parametrize("model", [*ALL, *EXTREME], ids=str)
def test_no_corner_overflows(model: PurchaseModel) -> None:
    for history in (ORDINARY, HEAVY):
        value, gradient = model.gradient(history)
        assert np.isfinite(value).all()
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("model", ALL, ids=str)
def test_likelihoods_of_a_short_time_add_up_to_one(model: PurchaseModel) -> None:
    short = 1e-4  # too short for two orders
    none = float(np.exp(model.log_likelihood(History.of(0, 0, short)))[0])
    one = float(np.exp(model.log_likelihood(History.of(1, short, short)))[0]) * short
    assert none + one == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize("orders", [1.0, 7.0])
def test_mean_values_have_a_density(orders: float) -> None:
    def density(mean_value: float) -> float:
        return float(np.exp(SPEND.log_likelihood(Spending.of(orders, mean_value)))[0])

    total, _ = integrate.quad(density, 0.0, np.inf, limit=200)
    mean, _ = integrate.quad(lambda z: z * density(z), 0.0, np.inf, limit=200)
    assert total == pytest.approx(1.0, abs=1e-7)
    assert mean == pytest.approx(SPEND.mean, rel=1e-5)


def test_gamma_gamma_is_the_scaled_beta_prime_distribution() -> None:
    spending = Spending.of([1, 3, 30], [10.0, 35.0, 80.0])
    exact = stats.betaprime.logpdf(
        spending.mean_value, SPEND.p * spending.orders, SPEND.q, scale=SPEND.gamma / spending.orders
    )
    assert_allclose(SPEND.log_likelihood(spending), exact, rtol=1e-12)


@pytest.mark.parametrize("model", [SPEND, GammaGamma(0.1, 0.2, 1e-3), GammaGamma(1e4, 1e4, 30.0)], ids=str)
def test_gradients_of_gamma_gamma_are_the_differences(model: GammaGamma) -> None:
    spending = Spending.of([1, 2, 5, 10_000], [10.0, 35.0, 0.01, 1e6])
    step = 1e-5
    for number, direction in enumerate(np.eye(3) * step):
        above, below = (GammaGamma(*np.exp(model.logarithms + sign * direction)) for sign in (1.0, -1.0))
        difference = (above.log_likelihood(spending) - below.log_likelihood(spending)) / (2.0 * step)
        scale = np.maximum(1.0, np.abs(model.log_likelihood(spending)))
        assert_allclose(model.gradient(spending)[number] / scale, difference / scale, rtol=2e-5, atol=1e-7)


def test_rising_factorials_are_exact_where_log_gammas_cancel() -> None:
    assert_allclose(log_rising(1e12, 3.0), 3 * np.log(1e12), rtol=1e-13)
    assert_allclose(log_rising(49.9999, 7.0), log_rising(50.0001, 7.0), rtol=1e-5)
    assert_allclose(log_rising(60.0, 4.0), np.log(60.0 * 61 * 62 * 63), rtol=1e-14)
    assert_allclose(
        log_rising(0.5, np.array([0.0, 1.0, 2.0])), np.log([1.0, 0.5, 0.75]), rtol=1e-13, atol=1e-15
    )


def test_a_plain_poisson_base_is_the_limit_of_the_nbd() -> None:
    rate, history = 0.1, History.of([3], [20], [40])
    model = type(PLAIN)(1e8, 1e8 / rate)
    expected = 3 * np.log(rate) - rate * 40
    assert_allclose(model.log_likelihood(history), expected, rtol=1e-6)

"""What is said of coming orders: consistent in itself, with textbooks, and with customers played out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, special

from evergreen.valuation.bg_nbd import BGNBD
from evergreen.valuation.history import History
from evergreen.valuation.modified_bg_nbd import ModifiedBGNBD
from evergreen.valuation.pareto_nbd import ParetoNBD
from evergreen.valuation.purchase_model import PurchaseModel, log_negative_binomial
from evergreen.valuation.stopping_integral import expected_orders_until_stop
from valuation.examples import ALL, BG, EXTREME, HEAVY, MODIFIED, ORDINARY, PARETO, WITH_DROPOUT
from valuation.simulated_customers import play

HORIZON = 39.0


@pytest.mark.parametrize("model", ALL, ids=str)
def test_probabilities_of_numbers_add_up(model: PurchaseModel) -> None:
    numbers = np.repeat(np.arange(400.0), len(ORDINARY))
    rows = ORDINARY[np.tile(np.arange(len(ORDINARY)), 400)]
    mass = np.exp(model.log_probability(rows, numbers, HORIZON)).reshape(400, -1)
    beyond = model.probability_at_least(rows, numbers, HORIZON).reshape(400, -1)
    assert_allclose(mass.sum(axis=0), 1.0, atol=1e-8)
    assert_allclose(beyond[:-1] - beyond[1:], mass[:-1], atol=1e-9)
    assert_allclose(beyond[1:].sum(axis=0), model.expected_orders(ORDINARY, HORIZON), rtol=1e-6, atol=1e-12)
    assert_allclose(model.probability_no_order(ORDINARY, HORIZON), mass[0], rtol=1e-12)


# History, horizon and the textbook's expected orders if alive, the hypergeometric function by mpmath. At
# 10,000 orders the textbook's difference still fails with 60 digits; that value is a 30-digit integral.
EXPECTED = [
    (BG, (2, 38.86), 39.0, 1.687399305805313),
    (BG, (10_000, 1565), 1565.0, 7437.67227284992),
    (BG, (0, 38.86), 1565.0, 2.7926934835422576),
    (BGNBD(5, 1, 1.00001, 0.1), (3, 10), 100.0, 10.211435800054774),
    (BGNBD(0.01, 500, 30, 2), (0, 1), 10.0, 0.00019773796657748397),
    (ModifiedBGNBD(0.243, 4.414, 0.793, 2.426), (2, 38.86), 39.0, 1.7309712294205877),
    (ModifiedBGNBD(0.243, 4.414, 0.793, 2.426), (10_000, 1565), 1565.0, 7437.83975894166),
]


@pytest.mark.parametrize(("model", "history", "horizon", "expected"), EXPECTED)
def test_expected_orders_are_exact(model, history, horizon, expected) -> None:
    frequency, age = (np.array([float(value)]) for value in history)
    assert_allclose(model.orders_if_alive(frequency, age, np.array([horizon])), expected, rtol=1e-9)


def test_expected_orders_pass_through_the_textbook_singularities() -> None:
    """Textbook formulas divide by a − 1 and s − 1."""
    frequency, age, horizon = np.array([3.0]), np.array([30.0]), np.array([52.0])
    for make in (lambda value: BGNBD(0.5, 8.0, value, 2.0), lambda value: ParetoNBD(0.5, 8.0, value, 9.0)):
        below, at, above = (
            make(value).orders_if_alive(frequency, age, horizon) for value in (1 - 1e-7, 1, 1 + 1e-7)
        )
        assert_allclose((below + above) / 2.0, at, rtol=1e-9)


def test_expected_orders_of_pareto_nbd_are_the_integral_of_their_rate() -> None:
    def rate(u: float) -> float:
        return (
            (PARETO.r + 4) / (PARETO.alpha + 30) * ((PARETO.beta + 30) / (PARETO.beta + 30 + u)) ** PARETO.s
        )

    direct, _ = integrate.quad(rate, 0.0, 500.0, epsabs=1e-12)
    assert_allclose(PARETO.orders_if_alive(*np.array([[4.0], [30.0], [500.0]])), direct, rtol=1e-10)


def test_the_stopping_integral_keeps_its_accuracy_over_the_whole_range() -> None:
    """Against the same integral on a far finer grid of p, in wide corners of shapes and horizons."""
    corners = [
        (frequency + r, ratio, a, frequency + b)
        for frequency in (0.0, 3.0, 1e4)
        for r in (0.01, 50.0)
        for ratio in (1e-4, 1.0, 1e4)
        for a in (0.01, 1.0, 3.0, 40.0)
        for b in (0.05, 2.0)
        if frequency * ratio <= 1e5
    ]
    size, ratio, a, b = np.array(corners).T
    plainly = [_plainly(*corner) for corner in corners]
    assert_allclose(expected_orders_until_stop(size, ratio, a, b), plainly, rtol=1e-9)


def _plainly(size: float, ratio: float, a: float, b: float) -> float:
    y = np.linspace(-40.0 / a - 60.0, 40.0 / b + 30.0, 100_001)
    log_p, log_rest = -np.logaddexp(0.0, -y), -np.logaddexp(0.0, y)
    p = np.exp(np.maximum(log_p, -690.0))
    density = np.exp(a * log_p + b * log_rest - special.betaln(a, b))
    return float(np.sum(density * -np.expm1(-size * np.log1p(p * ratio)) / p) * (y[1] - y[0]))


@pytest.mark.parametrize("s", [0.05, 26.0, 90.0])
@pytest.mark.parametrize("frequency", [0.0, 1.0, 2000.0])
def test_numbers_of_pareto_nbd_orders_are_exact_for_any_death_rates(s: float, frequency: float) -> None:
    """Against a sum over a fine grid of moments of death."""
    model, age, horizon, orders = ParetoNBD(0.3, 5.0, s, 7.0), 40.0, 52.0, np.array([0.0, 1.0, 40.0])
    moments = np.linspace(0.0, horizon, 400_001)
    later, size = model.beta + age, model.r + frequency
    density = s / later * (1.0 + moments / later) ** (-s - 1.0)
    for number in orders:
        mass = np.exp(log_negative_binomial(size, moments / (model.alpha + age), number))
        plainly = integrate.simpson(density * mass, x=moments) + (1.0 + horizon / later) ** -s * mass[-1]
        columns = (np.array([value]) for value in (frequency, age, number, horizon))
        assert_allclose(np.exp(model.log_mass_if_alive(*columns)), plainly, rtol=2e-8, atol=1e-14)


@pytest.mark.parametrize("model", [*ALL, *EXTREME], ids=str)
def test_no_corner_gives_nonsense(model: PurchaseModel) -> None:
    for history in (ORDINARY, HEAVY):
        longest = float(history.age.max())
        for horizon in (0.0, 1e-6, 30.0, longest):
            expected = model.expected_orders(history, horizon)
            none = model.probability_no_order(history, horizon)
            assert np.isfinite(expected).all()
            assert (expected >= 0.0).all()
            assert ((none >= 0.0) & (none <= 1.0)).all()
            assert (none >= 1.0 - expected * (1.0 + 1e-5) - 1e-8).all()  # Markov's inequality
            for number in (0.0, 1.0, 50.0, 20_000.0):
                assert (model.log_probability(history, number, horizon) <= 1e-9).all()
                beyond = model.probability_at_least(history, number, horizon)
                assert ((beyond >= 0.0) & (beyond <= 1.0 + 1e-9)).all()


@pytest.mark.parametrize("model", ALL, ids=str)
def test_quantiles_are_the_first_numbers_to_reach_a_probability(model: PurchaseModel) -> None:
    for probability in (0.05, 0.5, 0.9, 0.999):
        quantile = model.order_quantile(ORDINARY, probability, HORIZON)
        assert (1.0 - model.probability_at_least(ORDINARY, quantile + 1.0, HORIZON) >= probability).all()
        below = np.where(quantile > 0, 1.0 - model.probability_at_least(ORDINARY, quantile, HORIZON), 0.0)
        assert (below < probability).all()


@pytest.mark.parametrize("model", WITH_DROPOUT, ids=str)
def test_customers_played_out_do_what_is_said_of_them(model: PurchaseModel) -> None:
    """By class of history, of 200,000 customers: share alive, mean orders, share without an order."""
    rng = np.random.default_rng(11)
    played = play(model, np.full(200_000, 39.0), HORIZON, rng)
    history = played.history
    classes = [
        history.frequency == 0,
        (history.frequency == 1) & (history.recency < 20),
        (history.frequency == 1) & (history.recency >= 20),
        (history.frequency >= 2) & (history.frequency < 6),
        history.frequency >= 6,
    ]
    alive, expected = model.probability_alive(history), model.expected_orders(history, HORIZON)
    none = model.probability_no_order(history, HORIZON)
    for rows in classes:
        assert _agree(played.is_alive[rows], alive[rows])
        assert _agree(played.coming[rows], expected[rows])
        assert _agree(played.coming[rows] == 0, none[rows])


def _agree(seen: np.ndarray, said: np.ndarray) -> bool:
    """Whether the means are within four standard errors."""
    difference = seen.astype(float) - said
    error = difference.std() / np.sqrt(len(difference))
    return bool(abs(difference.mean()) <= 4.0 * error + 1e-9)


def test_bg_nbd_calls_everyone_without_a_repeat_alive_and_the_others_do_not() -> None:
    history = History.of(0, 0, 500)
    assert BG.probability_alive(history) == 1.0
    assert MODIFIED.probability_alive(history) < 0.7
    assert PARETO.probability_alive(history) < 0.2

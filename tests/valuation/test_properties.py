"""What must hold for any parameters and any histories."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evergreen.valuation.bg_nbd import BGNBD
from evergreen.valuation.gamma_gamma import GammaGamma
from evergreen.valuation.history import History
from evergreen.valuation.modified_bg_nbd import ModifiedBGNBD
from evergreen.valuation.occasions import Occasions
from evergreen.valuation.pareto_nbd import ParetoNBD
from evergreen.valuation.purchase_model import PurchaseModel
from evergreen.valuation.residual_value import discounted_orders
from evergreen.valuation.value_table import _whole_steps

shapes = st.floats(0.01, 100.0)
times = st.floats(0.1, 1000.0)
models = st.one_of(
    st.builds(ParetoNBD, shapes, times, shapes, times),
    st.builds(BGNBD, shapes, times, shapes, shapes),
    st.builds(ModifiedBGNBD, shapes, times, shapes, shapes),
)
horizons = st.floats(0.01, 2000.0)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Return up to 20 rows."""
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 10_000), st.floats(0.0, 1.0), st.floats(0.0, 11_000.0)),
            min_size=1,
            max_size=20,
        )
    )
    frequency = [row[0] for row in rows]
    return History.of(
        frequency, [row[1] * row[2] if row[0] else 0.0 for row in rows], [row[2] for row in rows]
    )


@settings(max_examples=60)
@given(models, histories(), horizons)
def test_predictions_are_possible_numbers(model: PurchaseModel, history: History, horizon: float) -> None:
    alive = model.probability_alive(history)
    none = model.probability_no_order(history, horizon)
    expected = model.expected_orders(history, horizon)
    assert np.isfinite(model.log_likelihood(history)).all()
    assert ((alive >= 0.0) & (alive <= 1.0)).all()
    assert ((none >= 1.0 - alive - 1e-9) & (none <= 1.0)).all()
    assert ((expected >= 0.0) & np.isfinite(expected)).all()
    discounted = discounted_orders(model, history, horizon, 0.01)
    assert ((discounted >= 0.0) & (discounted <= expected * (1.0 + 1e-6))).all()


@settings(max_examples=60)
@given(models, st.integers(1, 5000), st.floats(0.1, 10_000.0), horizons)
def test_later_orders_make_life_likelier(
    model: PurchaseModel, frequency: int, age: float, horizon: float
) -> None:
    recency = np.linspace(0.0, age, 12)
    history = History.of(np.full(12, frequency), recency, np.full(12, age))
    assert (np.diff(model.probability_alive(history)) >= -1e-12).all()
    assert (np.diff(model.expected_orders(history, horizon)) >= -1e-9 * (1.0 + frequency)).all()
    assert (np.diff(model.probability_no_order(history, horizon)) <= 1e-9).all()


@settings(max_examples=60)
@given(models, st.integers(0, 5000), st.floats(0.1, 10_000.0))
def test_silence_makes_life_less_likely(model: PurchaseModel, frequency: int, last: float) -> None:
    age = last + np.linspace(0.0, 3000.0, 12)
    recency = np.full(12, last if frequency else 0.0)
    alive = model.probability_alive(History.of(np.full(12, frequency), recency, age))
    assert (np.diff(alive) <= 1e-12).all()


@settings(max_examples=60)
@given(models, histories())
# nearly everybody stops at the first chance: the tails of the integral over that chance are long
@example(BGNBD(r=14.0, alpha=0.25, a=32.0, b=0.03125), History.of([0], [0.0], [0.0]))
def test_longer_horizons_bring_more(model: PurchaseModel, history: History) -> None:
    steps = [model.expected_orders(history, horizon) for horizon in (0.0, 1.0, 50.0, 1500.0)]
    none = [model.probability_no_order(history, horizon) for horizon in (0.0, 1.0, 50.0, 1500.0)]
    assert (steps[0] == 0.0).all()
    for shorter, longer in pairwise(steps):
        assert (longer >= shorter * (1.0 - 1e-9)).all()
    for shorter, longer in pairwise(none):
        assert (longer <= shorter + 1e-8).all()


@settings(max_examples=60)
@given(models, histories(), st.floats(0.1, 10.0))
def test_the_unit_of_time_does_not_matter(model: PurchaseModel, history: History, factor: float) -> None:
    names = model.parameter_names()
    values = [getattr(model, name) * (factor if name in model.time_parameters else 1.0) for name in names]
    rescaled = type(model)(*values)
    same = History.of(history.frequency, history.recency * factor, history.age * factor)
    np.testing.assert_allclose(
        rescaled.probability_alive(same), model.probability_alive(history), rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(
        rescaled.expected_orders(same, 30.0 * factor),
        model.expected_orders(history, 30.0),
        rtol=1e-6,
        atol=1e-9,
    )


@given(
    st.builds(GammaGamma, st.floats(0.1, 50.0), st.floats(1.1, 50.0), st.floats(0.1, 1e4)),
    st.integers(0, 10_000),
    st.floats(0.01, 1e6),
)
def test_expected_value_lies_between_own_mean_and_that_of_all(
    spend: GammaGamma, orders: int, mean_value: float
) -> None:
    expected = float(spend.expected_value(orders, mean_value)[0])
    low, high = sorted((mean_value if orders else spend.mean, spend.mean))
    assert low * (1.0 - 1e-9) <= expected <= high * (1.0 + 1e-9)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40)), max_size=60), st.integers(0, 40))
def test_occasions_are_customer_days(orders: list[tuple[int, int]], last_day: int) -> None:
    occasions = Occasions.of(
        np.array([order[0] for order in orders], dtype=int),
        np.array([order[1] for order in orders], dtype=int),
    )
    assert list(zip(occasions.customer, occasions.day, strict=True)) == sorted(set(orders))
    assert len(occasions.until(last_day).day) == len({order for order in orders if order[1] <= last_day})


@given(st.floats(0.0, 1e6))
def test_whole_steps_reach_the_end(last: float) -> None:
    steps = _whole_steps(0.0, last)
    assert steps[0] == 0.0
    assert steps[-1] >= last
    assert (np.diff(steps) >= 1.0).all()
    assert (steps == np.floor(steps)).all()

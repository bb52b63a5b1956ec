"""The search: the best of several starts, bounds kept, flat directions finished, samples only a beginning."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from evergreen.valuation.maximum import Objective, curvature, maximize

LOW, HIGH = np.full(2, -9.0), np.full(2, 9.0)


def hills(*centres: tuple[float, float, float]) -> Objective:
    """Return a sum of Gaussian hills at (x, y), of some height."""

    def value_and_gradient(point: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = 0.0, np.zeros(2)
        for x, y, height in centres:
            away = point - np.array([x, y])
            hill = height * np.exp(-away @ away / 2.0)
            value, gradient = value + float(hill), gradient - hill * away
        return value, gradient

    return value_and_gradient


def bowl(stretch: float, centre: np.ndarray) -> Objective:
    """Return a quadratic maximum, one direction `stretch` times flatter than the other, across the axes."""
    turn = np.array([[1.0, 1.0], [-1.0, 1.0]]) / np.sqrt(2.0)
    matrix = turn @ np.diag([1.0, 1.0 / stretch]) @ turn.T

    def value_and_gradient(point: np.ndarray) -> tuple[float, np.ndarray]:
        away = point - centre
        return -float(away @ matrix @ away) / 2.0, -matrix @ away

    return value_and_gradient


@pytest.mark.parametrize("order", [1, -1])
def test_the_best_end_of_all_starts_is_taken(order: int) -> None:
    starts = [np.array([-3.5, -3.0]), np.array([3.5, 3.0])][::order]
    end = maximize(hills((-4.0, -4.0, 1.0), (4.0, 4.0, 2.0)), starts, LOW, HIGH)
    assert_allclose(end.point, [4.0, 4.0], atol=1e-6)
    assert end.value == pytest.approx(2.0)
    assert_allclose(end.hessian, -2.0 * np.eye(2), atol=1e-5)


def test_flat_directions_are_followed_to_the_end() -> None:
    end = maximize(bowl(1e6, np.array([2.0, 3.0])), [np.zeros(2)], LOW, HIGH)
    assert_allclose(end.point, [2.0, 3.0], atol=1e-5)


def test_bounds_are_kept() -> None:
    end = maximize(bowl(1.0, np.array([20.0, 1.0])), [np.zeros(2)], LOW, HIGH)
    assert_allclose(end.point, [9.0, 1.0], atol=1e-6)


@pytest.mark.parametrize("shift", [0.0, 0.05, 3.0])
def test_a_sample_only_says_where_to_begin(shift: float) -> None:
    centre = np.array([2.0, -1.0])
    pilot = bowl(50.0, centre + shift)
    end = maximize(bowl(40.0, centre), [np.zeros(2)], LOW, HIGH, pilot)
    assert_allclose(end.point, centre, atol=1e-6)


def test_a_sample_without_a_maximum_is_left_again() -> None:
    def slope(point: np.ndarray) -> tuple[float, np.ndarray]:
        return float(point[0]), np.array([1.0, 0.0])

    end = maximize(bowl(1.0, np.array([1.0, 2.0])), [np.zeros(2)], LOW, HIGH, slope)
    assert_allclose(end.point, [1.0, 2.0], atol=1e-6)


def test_curvature_is_symmetric_and_exact_for_a_quadratic() -> None:
    matrix = curvature(bowl(4.0, np.zeros(2)), np.array([0.3, 0.2]))
    assert_allclose(matrix, matrix.T)
    assert_allclose(np.linalg.eigvalsh(matrix), [-1.0, -0.25], rtol=1e-9)

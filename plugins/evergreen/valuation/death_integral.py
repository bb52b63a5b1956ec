"""The integral over the unseen moment of death in the Pareto/NBD likelihood, with what its gradient needs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evergreen.valuation.arrays import Floats
from evergreen.valuation.numerics import gauss_legendre

_NEGLIGIBLE = 36.0  # e^−36 = 2·10⁻¹⁶
# Nodes for rows whose interval (in e-folds of time) and decay (in e-folds of the integrand) are this short.
_NODES = ((1.6, 3.0, 8), (4.0, 12.0, 12), (8.0, 40.0, 24), (np.inf, np.inf, 40))


class DeathIntegral(NamedTuple):
    """∫ and averages (n,) under its integrand, w being the time from the last purchase to death."""

    log_value: Floats
    mean_log_first: Floats  # of log(1 + w/first)
    mean_log_second: Floats
    mean_inverse_first: Floats  # of 1/(first + w)
    mean_inverse_second: Floats


class Decay(NamedTuple):
    """Powers and scales > 0 (n,) of the integrand (1 + w/first)^−first_power (1 + w/second)^−second_power.

    `first` is the smaller scale in all rows, or in none (α + t_x and β + t_x are).
    """

    first_power: Floats
    first: Floats
    second_power: Floats
    second: Floats


def death_integral(decay: Decay, silence: Floats) -> DeathIntegral:
    """Return log ∫₀^silence of the integrand over w, and averages; silence ≥ 0 (n,).

    With c the smaller scale and w = c (eʸ − 1) the integrand is the exponential of something nearly linear in
    y, for Gauss–Legendre on as few nodes as the row needs.
    """
    if len(silence) and decay.first[0] > decay.second[0]:
        swapped = Decay(decay.second_power, decay.second, decay.first_power, decay.first)
        value, log_second, log_first, inverse_second, inverse_first = death_integral(swapped, silence)
        return DeathIntegral(value, log_first, log_second, inverse_first, inverse_second)
    length = np.log1p(silence / decay.first)
    # per e-fold of time; it only grows with y
    start_decay = decay.first_power + decay.second_power * (decay.first / decay.second) - 1.0
    length = np.minimum(length, _NEGLIGIBLE / np.maximum(start_decay, 1e-300))
    steepest = np.abs(decay.first_power + decay.second_power - 1.0) * length
    result = np.empty((5, len(silence)))
    taken = np.zeros(len(silence), dtype=bool)
    for longest, deepest, nodes in _NODES:
        rows = np.flatnonzero(~taken & (length <= longest) & (steepest <= deepest))
        taken[rows] = True
        if len(rows):
            result[:, rows] = _quadrature(Decay(*(column[rows] for column in decay)), length[rows], nodes)
    return DeathIntegral(*result)


def _quadrature(decay: Decay, length: Floats, nodes: int) -> Floats:
    """Return the five arrays of DeathIntegral (5, n), integrating over y from 0 to length; first ≤ second."""
    first_power, first, second_power, second = decay
    total, log_first, log_second, inverse_first, inverse_second = np.zeros((5, len(first)))
    for point, weight in zip(*gauss_legendre(nodes), strict=True):
        y = point * length
        waited = first * np.expm1(y)
        log_ratio = np.log1p(waited / second)
        mass = weight * np.exp((1.0 - first_power) * y - second_power * log_ratio)
        total += mass
        log_first += mass * y
        log_second += mass * log_ratio
        inverse_first += mass / (first + waited)
        inverse_second += mass / (second + waited)
    with np.errstate(divide="ignore"):
        log_value = np.log(first * length * total)
    return np.stack(
        [log_value, log_first / total, log_second / total, inverse_first / total, inverse_second / total]
    )

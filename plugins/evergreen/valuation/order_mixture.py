"""Averages over the moment of a customer's n-th coming purchase, for the distribution of orders."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from evergreen.valuation.arrays import Floats
from evergreen.valuation.numerics import gauss_legendre, softplus

_NODES = 48
_NEGLIGIBLE = 32.0  # e^−32 = 10⁻¹⁴


def expected_over_arrivals(
    orders: Floats, size: Floats, last_ratio: Floats, log_weight: Callable[[Floats], Floats]
) -> Floats:
    """Return log ∫₀^last_ratio f(ρ) exp(log_weight(ρ)) dρ, (n,).

    f is the density of the moment of purchase number `orders` (≥ 1) of a customer who never stops and whose
    rate is gamma distributed with shape `size`; ρ is that moment over the scale of the distribution:
    ρ/(1+ρ) ~ Beta(orders, size). `log_weight` must vary slowly (on a scale of e-folds of ρ). Gauss–Legendre
    in log ρ over the part that matters: up to eight spreads around the mode, exponential tails included.
    """
    spread = np.sqrt(2.0 * _NEGLIGIBLE * (1.0 / orders + 1.0 / size))
    middle = np.log(orders / size)
    with np.errstate(divide="ignore"):
        end = np.log(last_ratio)
    high = np.minimum(end, middle + spread + _NEGLIGIBLE / size)
    low = np.minimum(middle, high) - spread - _NEGLIGIBLE / orders
    low, high = np.where(np.isfinite(high), low, -1.0), np.where(np.isfinite(high), high, -1.0)
    log_total = np.full(len(orders), -np.inf)
    for point, weight in zip(*gauss_legendre(_NODES), strict=True):
        y = low + point * (high - low)
        log_density = orders * y - (orders + size) * softplus(y)
        log_total = np.logaddexp(log_total, np.log(weight) + log_density + log_weight(np.exp(y)))
    with np.errstate(divide="ignore"):
        log_total = log_total + np.log(high - low) - special.betaln(orders, size)
    return np.where(last_ratio > 0, log_total, -np.inf)

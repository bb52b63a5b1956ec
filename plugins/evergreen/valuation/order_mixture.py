"""The integral over a moment in the horizon that the distribution of Pareto/NBD orders needs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from evergreen.valuation.arrays import Floats
from evergreen.valuation.numerics import gauss_legendre, softplus

_NEGLIGIBLE = 34.0  # e^−34 = 2·10⁻¹⁵
_TAIL_STARTS = 8.0  # e-folds of time below the peak, from where on the integrand is nearly a plain power
_NODES = 24
_STEPS = 3


class Hump(NamedTuple):
    """The integrand ρ^rise (1 + ρ)^−fall (1 + ρ e^shift)^−death dρ/ρ, (n,): rise, fall, death > 0.

    ρ is a moment over the scale of the purchase rates; rise < fall + death.
    """

    rise: Floats
    fall: Floats
    death: Floats
    shift: Floats

    def log_at(self, y: Floats) -> Floats:
        """Logarithm (n,) of the integrand at log ρ = y."""
        return self.rise * y - self.fall * softplus(y) - self.death * softplus(y + self.shift)

    def slope_at(self, y: Floats) -> Floats:
        """Derivative (n,) of log_at: from rise down to rise − fall − death."""
        return np.asarray(
            self.rise - self.fall * special.expit(y) - self.death * special.expit(y + self.shift)
        )

    def level(self, y: Floats, log_value: Floats) -> Floats:
        """Return where (n,) the logarithm has this value, coming from a y (n,) farther out where it is lower.

        Newton's steps on a concave function do not pass the crossing.
        """
        for _ in range(_STEPS):
            y = y + (log_value - self.log_at(y)) / self.slope_at(y)
        return y

    def peak(self) -> Floats:
        """log ρ (n,) of its only maximum: where rise = fall ρ/(1+ρ) + death ρ e^shift/(1 + ρ e^shift)."""
        excess = self.fall + self.death - self.rise
        # the quadratic excess C ρ² − middle ρ − rise = 0, C = e^shift, divided by max(C, 1)
        larger, smaller = np.exp(-np.maximum(-self.shift, 0.0)), np.exp(-np.maximum(self.shift, 0.0))
        square = excess * larger
        middle = (self.rise - self.fall) * smaller + (self.rise - self.death) * larger
        root = np.hypot(middle, 2.0 * np.sqrt(square * self.rise * smaller))
        positive = (middle + root) / (2.0 * square)
        with np.errstate(divide="ignore", invalid="ignore"):
            negative = 2.0 * self.rise * smaller / (root - middle)
            return np.log(np.where(middle > 0.0, positive, negative))


def log_hump_integral(hump: Hump, last_ratio: Floats) -> Floats:
    """Return log ∫₀^last_ratio of the hump (n,).

    The integrand is log-concave in log ρ. Gauss–Legendre over the part that matters, in three panels, one of
    them for the tail toward 0: relative error below 10⁻⁸, mostly below 10⁻¹⁰.
    """
    with np.errstate(divide="ignore"):
        end = np.log(last_ratio)
    peak = hump.peak()
    near, far = _sigmoid_slope(peak), _sigmoid_slope(peak + hump.shift)
    spread = np.sqrt(2.0 * _NEGLIGIBLE / (hump.fall * near + hump.death * far))
    beyond = peak + spread + _NEGLIGIBLE / (hump.fall + hump.death - hump.rise)
    high = np.minimum(end, hump.level(beyond, hump.log_at(peak) - _NEGLIGIBLE))
    is_empty = ~np.isfinite(high)
    high = np.where(is_empty, 0.0, high)
    top = np.minimum(peak, high)
    low = hump.level(top - spread - _NEGLIGIBLE / hump.rise, hump.log_at(top) - _NEGLIGIBLE)
    tail = np.maximum(low, top - _TAIL_STARTS)
    middle = (tail + high) / 2.0
    total = np.full(len(end), -np.inf)
    for start, stop in ((low, tail), (tail, middle), (middle, high)):
        for point, weight in zip(*gauss_legendre(_NODES), strict=True):
            with np.errstate(divide="ignore"):
                log_step = np.log(weight * (stop - start))
            total = np.logaddexp(total, log_step + hump.log_at(start + point * (stop - start)))
    return np.where(is_empty, -np.inf, total)


def _sigmoid_slope(y: Floats) -> Floats:
    return np.exp(-softplus(y) - softplus(-y))

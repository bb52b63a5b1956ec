"""NBD: Ehrenberg (1959), "The pattern of consumer purchases", Applied Statistics 8. Nobody ever stops.

The fallback where no model with dropout can be fitted: each customer's own rate, drawn toward that of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy import special

from evergreen.valuation.arrays import Floats
from evergreen.valuation.history import History
from evergreen.valuation.numerics import log_rising
from evergreen.valuation.purchase_model import PurchaseModel, log_negative_binomial

_HALF_AN_ORDER = 0.5  # keeps the rate of a base without a single repeat occasion above 0


@dataclass(frozen=True)
class NBD(PurchaseModel):
    """r, alpha: shape and scale (a time) of the purchase rates."""

    r: float
    alpha: float

    name: ClassVar[str] = "nbd"
    time_parameters: ClassVar[tuple[str, ...]] = ("alpha",)

    @classmethod
    def pooled(cls, history: History) -> Self:
        """Return the model with exponentially spread rates (r = 1) whose mean is the rate of all customers.

        A customer's expected rate is then (1 + x) / (α + T), α the mean time between orders of the base.
        """
        orders = float(history.frequency @ history.count) + _HALF_AN_ORDER
        time = float(history.age @ history.count)
        return cls(1.0, (time if time > 0.0 else 1.0) / orders)

    @classmethod
    def starts(cls, rate: float, age: float) -> list[Self]:
        """Even and uneven rates."""
        return [cls(shape, shape / rate) for shape in (0.3, 1.0, 3.0)]

    @property
    def time_scale(self) -> float:
        """The scale of the purchase rates."""
        return self.alpha

    def probability_alive(self, history: History) -> Floats:
        """NaN (n,): a model without dropout does not know."""
        return np.full(len(history), np.nan)

    def log_alive_part(self, history: History) -> Floats:
        """The whole log-likelihood; (n,)."""
        return (
            history.by_frequency(lambda x: log_rising(self.r, x))
            - self.r * np.log1p(history.age / self.alpha)
            - history.frequency * np.log(self.alpha + history.age)
        )

    def log_odds_dead(self, history: History) -> Floats:
        """−∞ (n,)."""
        return np.full(len(history), -np.inf)

    def gradient(self, history: History) -> tuple[Floats, Floats]:
        """Log-likelihood (n,) and derivatives (2, n)."""
        r, alpha, x, age = self.r, self.alpha, history.frequency, history.age
        rise = special.digamma(r + x) - special.digamma(r)
        derivatives = np.stack([r * (rise - np.log1p(age / alpha)), r - alpha * (r + x) / (alpha + age)])
        return self.log_alive_part(history), derivatives

    def orders_if_alive(self, frequency: Floats, age: Floats, horizon: Floats) -> Floats:
        """Expected rate × horizon; (n,)."""
        return (self.r + frequency) / (self.alpha + age) * horizon

    def at_least_if_alive(self, frequency: Floats, age: Floats, orders: Floats, horizon: Floats) -> Floats:
        """Upper tail of the negative binomial distribution; (n,)."""
        share = horizon / (self.alpha + age + horizon)
        return np.asarray(special.betainc(orders, self.r + frequency, share))

    def log_mass_if_alive(self, frequency: Floats, age: Floats, orders: Floats, horizon: Floats) -> Floats:
        """Log-probability of the negative binomial distribution; (n,)."""
        return log_negative_binomial(self.r + frequency, horizon / (self.alpha + age), orders)

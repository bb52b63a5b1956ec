"""What BG/NBD and modified BG/NBD share: Poisson purchases, and a personal chance of stopping after each.

λ ~ Γ(r, α) is the purchase rate, p ~ Beta(a, b) the probability of stopping for good at an occasion. The
models differ in whether the first purchase is such an occasion. With m the occasions survived by a living
customer, x or x + 1,

    L = Γ(r+x)/Γ(r) α^r B(a, b+m)/B(a, b) { (α+T)^−(r+x) + a/(b+m−1) (α+t_x)^−(r+x) },

without the second term if m = 0. A living customer's λ ~ Γ(r+x, α+T) and p ~ Beta(a, b+m) are independent,
so what comes is the same for both models: n further purchases are survived with probability
B(a, b+m+n)/B(a, b+m).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy import special

from evergreen.valuation.arrays import Floats
from evergreen.valuation.history import History
from evergreen.valuation.numerics import log_rising, softplus
from evergreen.valuation.purchase_model import PurchaseModel, log_negative_binomial
from evergreen.valuation.stopping_integral import expected_orders_until_stop


@dataclass(frozen=True)
class BetaGeometric(PurchaseModel):
    """r, alpha: shape and scale (a time) of the purchase rates; a, b: of the probabilities of stopping."""

    r: float
    alpha: float
    a: float
    b: float

    time_parameters: ClassVar[tuple[str, ...]] = ("alpha",)
    may_stop_at_first: ClassVar[bool]

    @classmethod
    def starts(cls, rate: float, age: float) -> list[Self]:
        """Rates twice the observed ones, as those who stopped do not buy; few and many stopping."""
        pace = 1.0 / (2.0 * rate)
        return [
            cls(0.5, 0.5 * pace, 0.5, 2.0),
            cls(1.0, pace, 1.0, 1.0),
            cls(2.0, 3.0 * pace, 0.3, 3.0),
            cls(0.25, 0.2 * pace, 1.0, 3.0),
        ]

    @property
    def time_scale(self) -> float:
        """The scale of the purchase rates."""
        return self.alpha

    def _survived(self, frequency: Floats) -> Floats:
        return frequency + 1.0 if self.may_stop_at_first else frequency

    def _log_survival(self, chances_before: Floats | float, chances: Floats) -> Floats:
        """Log-probability of surviving `chances` more, after so many survived."""
        b = self.b + chances_before
        return log_rising(b, chances) - log_rising(self.a + b, chances)

    def log_alive_part(self, history: History) -> Floats:
        """First term of L; (n,)."""

        def of_frequency(x: Floats) -> Floats:
            return log_rising(self.r, x) + self._log_survival(0.0, self._survived(x))

        return (
            history.by_frequency(of_frequency)
            - self.r * np.log1p(history.age / self.alpha)
            - history.frequency * np.log(self.alpha + history.age)
        )

    def log_odds_dead(self, history: History) -> Floats:
        """Second term of L over the first; (n,)."""
        survived = self._survived(history.frequency)
        silence = np.log1p((history.age - history.recency) / (self.alpha + history.recency))
        with np.errstate(divide="ignore"):
            odds = np.log(self.a / np.where(survived > 0, self.b + survived - 1.0, np.inf))
        return odds + (self.r + history.frequency) * silence

    def gradient(self, history: History) -> tuple[Floats, Floats]:
        """Log-likelihood (n,) and derivatives (4, n)."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        x, recency, age = history.frequency, history.recency, history.age
        odds = self.log_odds_dead(history)
        dead: Floats = special.expit(odds)
        alive = 1.0 - dead
        digamma_r = history.by_frequency(lambda x: _digamma_rise(r, x))
        digamma_b = history.by_frequency(lambda x: _digamma_rise(b, self._survived(x)))
        digamma_ab = history.by_frequency(lambda x: _digamma_rise(a + b, self._survived(x)))
        last_chance = np.maximum(b + self._survived(x) - 1.0, b)  # where nobody can be dead, any number
        derivatives = np.empty((4, len(history)))
        derivatives[0] = r * (digamma_r - alive * np.log1p(age / alpha) - dead * np.log1p(recency / alpha))
        derivatives[1] = r - alpha * (r + x) * (alive / (alpha + age) + dead / (alpha + recency))
        derivatives[2] = dead - a * digamma_ab
        derivatives[3] = b * (digamma_b - digamma_ab - dead / last_chance)
        return self.log_alive_part(history) + softplus(odds), derivatives

    def orders_if_alive(self, frequency: Floats, age: Floats, horizon: Floats) -> Floats:
        """E[(1 − e^(−λ p horizon)) / p]; (n,)."""
        b = self.b + self._survived(frequency)
        return expected_orders_until_stop(self.r + frequency, horizon / (self.alpha + age), self.a, b)

    def at_least_if_alive(self, frequency: Floats, age: Floats, orders: Floats, horizon: Floats) -> Floats:
        """Survived the purchases before, and so many purchases fall into the horizon; (n,)."""
        survived = self._log_survival(self._survived(frequency), orders - 1.0)
        return np.asarray(np.exp(survived) * self._arrivals(frequency, age, orders, horizon))

    def _arrivals(self, frequency: Floats, age: Floats, orders: Floats, horizon: Floats) -> Floats:
        """Probability (n,) of at least so many purchases if they never ended."""
        share = horizon / (self.alpha + age + horizon)
        return np.asarray(special.betainc(orders, self.r + frequency, share))

    def log_mass_if_alive(self, frequency: Floats, age: Floats, orders: Floats, horizon: Floats) -> Floats:
        """Survived them all with exactly so many, or stopped at the last of at least so many; (n,)."""
        size, some = self.r + frequency, np.maximum(orders, 1.0)
        survived = self._survived(frequency)
        exactly = log_negative_binomial(size, horizon / (self.alpha + age), orders)
        going_on = self._log_survival(survived, orders) + exactly
        with np.errstate(divide="ignore"):
            # where the sum over all larger numbers underflows, its first term stands for it
            at_least = np.maximum(np.log(self._arrivals(frequency, age, some, horizon)), exactly)
            stopped = np.log(self.a / (self.a + self.b + survived + some - 1.0))
        stopped = stopped + self._log_survival(survived, some - 1.0) + at_least
        return np.logaddexp(going_on, np.where(orders > 0, stopped, -np.inf))


def _digamma_rise(base: float, steps: Floats) -> Floats:
    return np.asarray(special.digamma(base + steps) - special.digamma(base))

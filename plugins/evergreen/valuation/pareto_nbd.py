"""Pareto/NBD: Schmittlein, Morrison & Colombo (1987), "Counting your customers", Management Science 33.

A living customer buys by a Poisson process of rate λ ~ Γ(r, α) and dies at rate μ ~ Γ(s, β). A history says:
x purchases, the last at t_x, and then either alive until T or dead at some u in between (section 3 of Fader &
Hardie 2005, "A note on deriving the Pareto/NBD model and related expressions", note 009 on brucehardie.com):

    L = Γ(r+x)/Γ(r) α^r β^s { (α+T)^−(r+x) (β+T)^−s + s ∫_{t_x}^{T} (α+u)^−(r+x) (β+u)^−(s+1) du }

The published closed form writes the integral as a difference of two hypergeometric functions, which cancels
for recent customers and overflows for heavy ones (and scipy's hyp2f1 is wrong for large parameters: scipy
issue 26089). Here the integral itself is computed (`death_integral`): positive terms, in logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from scipy import special

from evergreen.valuation.arrays import Floats
from evergreen.valuation.death_integral import DeathIntegral, Decay, death_integral
from evergreen.valuation.history import History
from evergreen.valuation.numerics import log_rising, softplus
from evergreen.valuation.order_mixture import Hump, log_hump_integral
from evergreen.valuation.purchase_model import PurchaseModel, log_negative_binomial


@dataclass(frozen=True)
class ParetoNBD(PurchaseModel):
    """r, alpha: shape and scale (a time) of the purchase rates; s, beta: the same of the death rates."""

    r: float
    alpha: float
    s: float
    beta: float

    name: ClassVar[str] = "pareto_nbd"
    time_parameters: ClassVar[tuple[str, ...]] = ("alpha", "beta")

    @classmethod
    def starts(cls, rate: float, age: float) -> list[Self]:
        """Rates twice the observed ones, as the dead do not buy; long and short, even and uneven lives."""
        pace = 1.0 / (2.0 * rate)
        return [
            cls(0.5, 0.5 * pace, 0.5, 0.5 * age),
            cls(1.0, pace, 1.0, age),
            cls(2.0, 3.0 * pace, 0.3, 2.0 * age),
            cls(0.3, 0.1 * pace, 2.0, 0.5 * age),
        ]

    @property
    def time_scale(self) -> float:
        """The smaller of the two scales."""
        return min(self.alpha, self.beta)

    def log_alive_part(self, history: History) -> Floats:
        """First term of L; (n,)."""
        x, age = history.frequency, history.age
        return (
            history.by_frequency(lambda distinct: log_rising(self.r, distinct))
            - self.r * np.log1p(age / self.alpha)
            - x * np.log(self.alpha + age)
            - self.s * np.log1p(age / self.beta)
        )

    def log_odds_dead(self, history: History) -> Floats:
        """Second term of L over the first; (n,)."""
        return self._log_odds(history, self._death_integral(history))

    def _death_integral(self, history: History) -> DeathIntegral:
        decay = Decay(
            self.r + history.frequency,
            self.alpha + history.recency,
            np.full(len(history), self.s + 1.0),
            self.beta + history.recency,
        )
        return death_integral(decay, history.age - history.recency)

    def _log_odds(self, history: History, integral: DeathIntegral) -> Floats:
        silence = history.age - history.recency
        alpha_then, beta_then = self.alpha + history.recency, self.beta + history.recency
        odds: Floats = (
            np.log(self.s)
            - np.log(beta_then)
            + integral.log_value
            + (self.r + history.frequency) * np.log1p(silence / alpha_then)
            + self.s * np.log1p(silence / beta_then)
        )
        return odds

    def gradient(self, history: History) -> tuple[Floats, Floats]:
        """Log-likelihood (n,) and derivatives (4, n), by differentiation under the integral."""
        r, alpha, s, beta = self.r, self.alpha, self.s, self.beta
        age, recency, size = history.age, history.recency, r + history.frequency
        integral = self._death_integral(history)
        odds = self._log_odds(history, integral)
        dead: Floats = special.expit(odds)
        alive = 1.0 - dead
        value = self.log_alive_part(history) + softplus(odds)
        digammas = history.by_frequency(lambda distinct: special.digamma(r + distinct) - special.digamma(r))
        log_alpha = alive * np.log1p(age / alpha) + dead * (
            np.log1p(recency / alpha) + integral.mean_log_first
        )
        log_beta = alive * np.log1p(age / beta) + dead * (np.log1p(recency / beta) + integral.mean_log_second)
        per_alpha = alive / (alpha + age) + dead * integral.mean_inverse_first
        per_beta = alive * s / (beta + age) + dead * (s + 1.0) * integral.mean_inverse_second
        derivatives = np.empty((4, len(history)))
        derivatives[0] = r * (digammas - log_alpha)
        derivatives[1] = r - alpha * size * per_alpha
        derivatives[2] = dead - s * log_beta
        derivatives[3] = s - beta * per_beta
        return value, derivatives

    def orders_if_alive(self, frequency: Floats, age: Floats, horizon: Floats) -> Floats:
        """(r+x)/(α+T) ∫₀^horizon ((β+T)/(β+T+u))^s du (Schmittlein et al., eq. 22, if alive); s may be 1."""
        lasting = np.log1p(horizon / (self.beta + age))
        effective_time = (self.beta + age) * lasting * special.exprel((1.0 - self.s) * lasting)
        return np.asarray((self.r + frequency) / (self.alpha + age) * effective_time)

    def at_least_if_alive(self, frequency: Floats, age: Floats, orders: Floats, horizon: Floats) -> Floats:
        """P(that purchase would fall into the horizon, and the customer lives to make it); (n,).

        With purchases never ending, the moment of the n-th over α+T is beta prime with shapes n and r+x.
        """
        size, scale = self.r + frequency, self.alpha + age
        hump = Hump(orders, size + orders, np.full(len(age), self.s), np.log(scale / (self.beta + age)))
        return np.asarray(np.exp(log_hump_integral(hump, horizon / scale) - special.betaln(orders, size)))

    def log_mass_if_alive(self, frequency: Floats, age: Floats, orders: Floats, horizon: Floats) -> Floats:
        """Alive throughout with so many purchases, or dead at a moment by which there were so many; (n,).

        Fader & Hardie (2014), "Deriving the conditional PMF of the Pareto/NBD model", note 028, has both as
        hypergeometric series.
        """
        size, scale, death_scale = self.r + frequency, self.alpha + age, self.beta + age
        log_ratio = np.log(scale / death_scale)
        throughout = log_negative_binomial(size, horizon / scale, orders)
        throughout -= self.s * np.log1p(horizon / death_scale)
        hump = Hump(orders + 1.0, size + orders, np.full(len(age), self.s + 1.0), log_ratio)
        died = log_hump_integral(hump, horizon / scale) + log_rising(size, orders)
        died += np.log(self.s) + log_ratio - special.gammaln(orders + 1.0)
        return np.asarray(np.logaddexp(throughout, died))

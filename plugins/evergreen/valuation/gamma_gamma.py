"""Gamma-Gamma: Fader & Hardie (2013), "The Gamma-Gamma model of monetary value", note 025 on brucehardie.com.

The value of an occasion is Γ(p, ν); ν ~ Γ(q, γ) is the customer's own and independent of how often they buy.
The mean value z̄ of x occasions then has the density (eq. 1a)

    f(z̄ | x) = (γ / (γ + x z̄))^q (x z̄ / (γ + x z̄))^(p x) / (z̄ B(p x, q)).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evergreen.valuation.arrays import Distinct, Floats, floats


@dataclass(frozen=True)
class Spending:
    """Mean value > 0 (n,) of so many occasions ≥ 1 (n,), per customer who has any; sorted by both."""

    orders: Floats
    mean_value: Floats

    @classmethod
    def of(cls, orders: ArrayLike, mean_value: ArrayLike) -> Spending:
        """Keep the rows with an occasion and a positive finite mean value; the others tell nothing."""
        x, z = floats(orders), floats(mean_value)
        tells = (x >= 1) & (z > 0) & np.isfinite(z)
        x, z = x[tells], z[tells]
        order = np.lexsort((z, x))
        return cls(x[order], z[order])

    def __len__(self) -> int:
        return len(self.orders)

    def __getitem__(self, rows: slice) -> Spending:
        return Spending(self.orders[rows], self.mean_value[rows])

    def thinned(self, rows: int) -> Spending:
        """Return at most so many rows at even distances, a sample without chance; itself if it is short."""
        return self if len(self) <= rows else self[:: -(-len(self) // rows)]

    @property
    def average(self) -> float:
        """Mean value of all occasions."""
        return float((self.orders @ self.mean_value) / self.orders.sum())

    @cached_property
    def distinct_orders(self) -> Distinct:
        """The distinct numbers of occasions."""
        return Distinct.of(self.orders)


@dataclass(frozen=True)
class GammaGamma:
    """p: shape of the values of one customer; q, gamma: shape and scale (money) of the customers' levels."""

    p: float
    q: float
    gamma: float

    name: ClassVar[str] = "gamma_gamma"
    parameter_names: ClassVar[tuple[str, ...]] = ("p", "q", "gamma")

    @property
    def mean(self) -> float:
        """Expected value of an occasion of a customer about whom nothing is known; infinite for q ≤ 1."""
        return self.p * self.gamma / (self.q - 1.0) if self.q > 1.0 else np.inf

    @property
    def logarithms(self) -> Floats:
        """The natural logarithms of the parameters (3,)."""
        return np.log([self.p, self.q, self.gamma])

    def log_likelihood(self, spending: Spending) -> Floats:
        """Return the log-likelihood (n,)."""
        share, rest = self._shares(spending)
        scale = spending.distinct_orders.map(lambda x: special.betaln(self.p * x, self.q))
        return self.p * spending.orders * share + self.q * rest - scale - np.log(spending.mean_value)

    def gradient(self, spending: Spending) -> Floats:
        """Return the derivatives (3, n) of the log-likelihood by the logarithms of the parameters."""
        p, q, x = self.p, self.q, spending.orders
        share, rest = self._shares(spending)
        by_orders = spending.distinct_orders.map
        return np.stack(
            [
                by_orders(lambda x: p * x * (special.digamma(p * x + q) - special.digamma(p * x)))
                + p * x * share,
                by_orders(lambda x: q * (special.digamma(p * x + q) - special.digamma(q))) + q * rest,
                q - (p * x + q) * np.exp(rest),
            ]
        )

    def _shares(self, spending: Spending) -> tuple[Floats, Floats]:
        """Logarithms (n,) of x z̄ / (γ + x z̄) and of γ / (γ + x z̄)."""
        total = spending.orders * spending.mean_value / self.gamma
        return -np.log1p(1.0 / total), -np.log1p(total)

    def posterior(self, orders: ArrayLike, mean_value: ArrayLike) -> tuple[Floats, Floats]:
        """Return shape q + p x and scale γ + x z̄ (n,) of a customer's ν; z̄ is not read where x = 0."""
        x = floats(orders)
        total = x * np.where(x > 0, floats(mean_value), 0.0)
        return self.q + self.p * x, self.gamma + total

    def expected_value(self, orders: ArrayLike, mean_value: ArrayLike) -> Floats:
        """Return the expected value (n,) of a coming occasion, p (γ + x z̄) / (p x + q − 1) (eq. 5); q > 1."""
        shape, scale = self.posterior(orders, mean_value)
        return self.p * scale / (shape - 1.0)

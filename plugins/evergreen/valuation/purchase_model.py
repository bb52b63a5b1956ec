"""What every model of purchase and dropout can say about a customer, and what follows from that alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evergreen.valuation.arrays import Flags, Floats, by_piece, floats, in_pieces
from evergreen.valuation.history import History
from evergreen.valuation.numerics import log_rising, softplus

_LARGEST_COUNT = 2.0**40


@dataclass(frozen=True)
class PurchaseModel(ABC):
    """A fitted model: its parameters, above 0, in the time unit of the histories it was fitted to.

    A customer buys at a personal rate while alive and stops for good at an unseen moment. A subclass says
    how likely a history is with the customer alive now, and dead; and what a living customer will do.
    Everything else is a mixture of the two, made here.

    Arrays (n,) are per row of the history. Horizons are in the same time unit.
    """

    name: ClassVar[str]
    time_parameters: ClassVar[tuple[str, ...]]  # those that are measured in the time unit

    @classmethod
    def parameter_names(cls) -> tuple[str, ...]:
        """Return the names of the parameters, in order."""
        return tuple(field.name for field in fields(cls))

    @classmethod
    def from_logarithms(cls, logarithms: Floats) -> Self:
        """Return the model whose parameters have these natural logarithms (k,)."""
        return cls(*(float(value) for value in np.exp(logarithms)))

    @classmethod
    @abstractmethod
    def starts(cls, rate: float, age: float) -> list[Self]:
        """Return where a search may start, given the mean rate of repeat orders and the mean age."""

    @property
    def logarithms(self) -> Floats:
        """The natural logarithms of the parameters (k,)."""
        return np.log(np.array(astuple(self), dtype=np.float64))

    @property
    @abstractmethod
    def time_scale(self) -> float:
        """The age below which customers of different age hardly differ."""

    @abstractmethod
    def log_alive_part(self, history: History) -> Floats:
        """Return the log-likelihood (n,) of the history together with being alive now."""

    @abstractmethod
    def log_odds_dead(self, history: History) -> Floats:
        """Return log P(dead) − log P(alive) (n,), given the history; −inf where death is impossible."""

    @abstractmethod
    def gradient(self, history: History) -> tuple[Floats, Floats]:
        """Return the log-likelihood (n,) and its derivatives (k, n) by the logarithms of the parameters."""

    @abstractmethod
    def orders_if_alive(self, frequency: Floats, age: Floats, horizon: Floats) -> Floats:
        """Return the expected occasions (n,) in the horizon, of customers known to be alive now."""

    @abstractmethod
    def at_least_if_alive(self, frequency: Floats, age: Floats, orders: Floats, horizon: Floats) -> Floats:
        """Return the probability (n,) of at least so many (≥ 1) occasions in the horizon, if alive now."""

    @abstractmethod
    def log_mass_if_alive(self, frequency: Floats, age: Floats, orders: Floats, horizon: Floats) -> Floats:
        """Return the log-probability (n,) of exactly so many (≥ 0) occasions in the horizon, if alive now."""

    def log_likelihood(self, history: History) -> Floats:
        """Return the log-likelihood (n,) of one customer with each history."""

        def of_piece(rows: slice) -> Floats:
            piece = history[rows]
            return self.log_alive_part(piece) + softplus(self.log_odds_dead(piece))

        return by_piece(of_piece, len(history))

    def probability_alive(self, history: History) -> Floats:
        """Return the probability (n,) that the customer has not stopped for good."""
        return self.alive(history)

    def expected_orders(self, history: History, horizon: float) -> Floats:
        """Return the expected occasions (n,) in the horizon."""
        distinct, place = history.distinct_ages()
        if_alive = in_pieces(self.orders_if_alive, distinct.frequency, distinct.age, horizon)
        return self.alive(history) * if_alive[place]

    def probability_no_order(self, history: History, horizon: float) -> Floats:
        """Return the probability (n,) of no occasion in the horizon: the churn probability."""
        distinct, place = history.distinct_ages()
        if_alive = np.exp(in_pieces(self.log_mass_if_alive, distinct.frequency, distinct.age, 0.0, horizon))
        odds = self._log_odds_dead(history)
        none = special.expit(odds) + special.expit(-odds) * np.minimum(if_alive, 1.0)[place]
        return np.asarray(np.minimum(none, 1.0))  # the halves of a certainty may round up

    def probability_at_least(self, history: History, orders: ArrayLike, horizon: ArrayLike) -> Floats:
        """Return the probability (n,) of at least so many occasions in the horizon."""
        number = np.broadcast_to(floats(orders), len(history))
        some = np.maximum(number, 1.0)
        if_alive = in_pieces(self.at_least_if_alive, history.frequency, history.age, some, horizon)
        return np.where(number <= 0, 1.0, self.alive(history) * if_alive)

    def log_probability(self, history: History, orders: ArrayLike, horizon: ArrayLike) -> Floats:
        """Return the log-probability (n,) of exactly so many occasions in the horizon."""
        number = np.broadcast_to(floats(orders), len(history))
        odds = self._log_odds_dead(history)
        if_alive = in_pieces(self.log_mass_if_alive, history.frequency, history.age, number, horizon)
        dead = np.where(number == 0, -softplus(-odds), -np.inf)
        return np.minimum(np.logaddexp(dead, if_alive - softplus(odds)), 0.0)  # 0 but for rounding

    def order_quantile(self, history: History, probability: float, horizon: ArrayLike) -> Floats:
        """Return the quantiles (n,) of the number of occasions in the horizon, by bisection.

        That is the smallest number whose cumulated probability reaches `probability`.
        """
        alive = self.alive(history)

        def quantile(alive: Floats, x: Floats, age: Floats, horizon: Floats) -> Floats:
            def exceeds(number: Floats) -> Flags:
                return alive * self.at_least_if_alive(x, age, number + 1.0, horizon) > 1.0 - probability

            return _first_not(exceeds, len(x))

        return in_pieces(quantile, alive, history.frequency, history.age, horizon)

    def alive(self, history: History) -> Floats:
        """Return the weight (n,) of what the living do: P(alive), or 1 in a model without dropout."""
        return np.asarray(special.expit(-self._log_odds_dead(history)))

    def _log_odds_dead(self, history: History) -> Floats:
        return by_piece(lambda rows: self.log_odds_dead(history[rows]), len(history))


def _first_not(exceeds: Callable[[Floats], Flags], rows: int) -> Floats:
    """Return the smallest whole numbers (rows,) ≥ 0 at which `exceeds` is false; it turns once per row."""
    low, high = np.full(rows, -1.0), np.zeros(rows)
    is_open = exceeds(high)
    while is_open.any() and high.max() < _LARGEST_COUNT:
        low = np.where(is_open, high, low)
        high = np.where(is_open, 2.0 * high + 1.0, high)
        is_open = is_open & exceeds(high)
    while (high - low > 1.0).any():
        middle = np.ceil((low + high) / 2.0)  # of neighbours: high, which stays
        above = exceeds(middle) & (middle < high)
        low = np.where(above, middle, low)
        high = np.where(above, high, middle)
    return high


def log_negative_binomial(size: Floats, ratio: Floats, orders: Floats) -> Floats:
    """Return the log-probability (n,) of so many events at a gamma rate of shape `size`.

    `ratio` = horizon ÷ scale of the gamma distribution.
    """
    return np.asarray(
        log_rising(size, orders)
        - special.gammaln(orders + 1.0)
        + special.xlogy(orders, ratio)
        - (size + orders) * np.log1p(ratio)
    )

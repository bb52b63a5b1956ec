"""All predictions of a base of customers at once."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from evergreen.valuation.arrays import Floats, Ints
from evergreen.valuation.customers import Customers
from evergreen.valuation.fitting import PurchaseFit
from evergreen.valuation.residual_value import discounted_orders
from evergreen.valuation.segments import SegmentFits
from evergreen.valuation.spend_fitting import SpendFit
from evergreen.valuation.value_interval import value_interval

DAYS_IN_YEAR = 365.25


@dataclass(frozen=True)
class Terms:
    """What is asked: times in the unit of the histories, rates per that unit."""

    year: float
    churn_horizon: float
    discount_rate: float  # continuous
    lifetime_years: float = 30.0
    level: float = 0.8
    segment_repeaters: float | None = None  # that a segment needs for a fit of its own; None: no segments

    @classmethod
    def with_unit(
        cls,
        days_per_unit: float,
        *,
        churn_days: float,
        annual_discount: float = 0.10,
        lifetime_years: float = 30.0,
        segment_repeaters: float | None = None,
    ) -> Terms:
        """Return the terms for histories in units of so many days; 10 % a year are ln 1.10 a year."""
        year = DAYS_IN_YEAR / days_per_unit
        discount_rate = float(np.log1p(annual_discount)) / year
        return cls(
            year,
            churn_days / days_per_unit,
            discount_rate,
            lifetime_years,
            segment_repeaters=segment_repeaters,
        )


@dataclass(frozen=True)
class Scores:
    """Predictions per customer, arrays (n,); values in the money of the spend model, before any margin.

    NaN where the fallback does not know: whether a customer is alive, and anything beyond a year; and all
    values where no order has a positive one.
    """

    probability_alive: Floats
    churn_probability: Floats  # no order in the churn horizon
    expected_orders_12m: Floats
    expected_orders_lifetime: Floats  # undiscounted, up to the cap
    expected_order_value: Floats
    predicted_value_12m: Floats  # discounted, like the following
    predicted_value_12m_low: Floats
    predicted_value_12m_high: Floats
    predicted_value_lifetime: Floats


def score(fit: PurchaseFit, spend: SpendFit | None, customers: Customers, terms: Terms) -> Scores:
    """Predict for all customers (n); without a spend model, orders alone.

    The bounds of the interval are discounted as the expected value is: by discounted over plain orders.
    """
    model, lifetime = fit.model, terms.year * terms.lifetime_years
    distinct, place = customers.history.distinct()
    orders = model.expected_orders(distinct, terms.year)
    discounted = discounted_orders(model, distinct, terms.year, terms.discount_rate)
    discounting = np.divide(discounted, orders, out=np.ones(len(distinct)), where=orders > 0)[place]
    order_value = low = high = np.full(len(customers.history), np.nan)
    if spend:
        order_value = spend.model.expected_value(customers.valued_orders, customers.mean_value)
        low, high = value_interval(model, spend.model, customers, terms.year, terms.level)
    known = np.nan if fit.is_fallback else 1.0
    residual = known * discounted_orders(model, distinct, lifetime, terms.discount_rate)
    return Scores(
        probability_alive=model.probability_alive(distinct)[place],
        churn_probability=model.probability_no_order(distinct, terms.churn_horizon)[place],
        expected_orders_12m=orders[place],
        expected_orders_lifetime=known * model.expected_orders(distinct, lifetime)[place],
        expected_order_value=order_value,
        predicted_value_12m=discounted[place] * order_value,
        predicted_value_12m_low=discounting * low,
        predicted_value_12m_high=discounting * high,
        predicted_value_lifetime=residual[place] * order_value,
    )


def score_segments(
    fits: SegmentFits, segment: Ints, spend: SpendFit | None, customers: Customers, terms: Terms
) -> Scores:
    """Predict for all customers (n), each by the fit that speaks for the customer's segment (n,)."""
    parts = [(score(fit, spend, customers[rows], terms), rows) for fit, rows in fits.parts(segment)]
    if len(parts) == 1:
        return parts[0][0]
    columns = {field.name: np.empty(len(segment)) for field in fields(Scores)}
    for scores, rows in parts:
        for name, column in columns.items():
            column[rows] = getattr(scores, name)
    return Scores(**columns)

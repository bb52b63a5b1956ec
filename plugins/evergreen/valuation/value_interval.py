"""Intervals for what a customer will spend in a horizon: dropout, orders and their values all uncertain."""

from __future__ import annotations

import numpy as np

from evergreen.valuation.arrays import Floats, in_pieces
from evergreen.valuation.customers import Customers
from evergreen.valuation.gamma_gamma import GammaGamma
from evergreen.valuation.purchase_model import PurchaseModel
from evergreen.valuation.value_table import ValueTable


def value_interval(
    model: PurchaseModel, spend: GammaGamma, customers: Customers, horizon: float, level: float = 0.8
) -> tuple[Floats, Floats]:
    """Return the central interval (low, high), each (n,), of the total value in the horizon, undiscounted.

    The total is 0 with the probability of no order; otherwise, given N orders, it is (γ + x z̄) times a beta
    prime variable of shapes p N and q + p x. Quantiles of that mixture come from a table, to about 1 %. The
    interval is that of the purchase process; parameters are taken as known.
    """
    history, share = customers.history, customers.valued_share
    if not len(history):
        return np.empty(0), np.empty(0)
    table = ValueTable.of(model, spend, history, share, horizon)
    distinct, place = history.distinct()
    none = model.probability_no_order(distinct, horizon)[place]
    _, scale = spend.posterior(customers.valued_orders, customers.mean_value)

    def quantile(probability: float) -> Floats:
        def of_rows(none: Floats, frequency: Floats, age: Floats, share: Floats) -> Floats:
            some = probability > none
            within = (probability - none[some]) / (1.0 - none[some])
            result = np.zeros(len(none))
            result[some] = np.exp(table.log_quantile(frequency[some], age[some], share[some], within))
            return result

        return scale * in_pieces(of_rows, none, history.frequency, history.age, share)

    return quantile((1.0 - level) / 2.0), quantile((1.0 + level) / 2.0)

"""Lines of orders: products, quantities, prices, discounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.simulator import columns
from evergreen.simulator.arrays import NONE, Floats, Ints
from evergreen.simulator.columns import Columns
from evergreen.simulator.orders import Orders
from evergreen.simulator.products import CATEGORIES, TASTES
from evergreen.simulator.timeline import Timeline

_MORE_LINES = 0.9  # beyond the first, on average
_ABROAD_PRICE = 1.1  # the same figure in dollars, about


@dataclass
class Lines:
    """Lines of the orders of a block, in order of the orders; amounts in cents; shape (lines,)."""

    orders: Orders
    order: Ints
    key: Ints
    product: Ints
    quantity: Ints
    price: Ints
    amount: Ints  # before discount
    discount: Ints

    def net_by_order(self) -> Ints:
        """Return amount − discount of each order, in cents."""
        net = np.bincount(self.order, self.amount - self.discount, minlength=len(self.orders))
        return np.round(net).astype(np.int64)


def make_lines(random: np.random.Generator, orders: Orders) -> Lines:
    """Fill the baskets: what a segment likes, more of it where a customer spends more."""
    customers, calendar = orders.history.customers, orders.history.world.calendar
    products = orders.history.world.products
    is_guest = orders.customer == NONE
    spend = np.where(is_guest, 1.0, customers.spend[orders.customer])
    segment = np.where(is_guest, 0, customers.segment[orders.customer])
    counts = 1 + random.poisson(_MORE_LINES * np.minimum(np.sqrt(spend), 3))
    order = np.repeat(np.arange(len(orders)), counts)
    n = len(order)
    starts = np.cumsum(counts) - counts
    category = _draw_category(random, segment[order])
    product = products.draw(random, category, orders.at[order])
    quantity = np.maximum(1, np.round(spend[order] * random.lognormal(-0.1, 0.45, n))).astype(np.int64)
    year = orders.ordered.astype("datetime64[Y]").astype(np.int64) - (calendar.first_day.year - 1970)
    price = products.prices(product, year[order])
    price = np.where(orders.is_abroad[order], np.round(price * _ABROAD_PRICE).astype(np.int64), price)
    amount = price * quantity
    return Lines(
        orders=orders,
        order=order,
        key=np.arange(n) - starts[order] + 1,
        product=product,
        quantity=quantity,
        price=price,
        amount=amount,
        discount=np.round(amount * orders.discount[order]).astype(np.int64),
    )


def _draw_category(random: np.random.Generator, segment: Ints) -> Ints:
    cumulated: Floats = np.cumsum(TASTES, axis=1)
    drawn = random.random(len(segment))
    category = np.zeros(len(segment), dtype=np.int64)
    for each in range(len(CATEGORIES) - 1):
        category += drawn > cumulated[segment, each]
    return category


def line_rows(lines: Lines) -> Timeline:
    """Return the table `order_lines`; lines come with their order and do not change."""
    orders = lines.orders
    number, ids = orders.number, orders.history.world.products.ids

    def state(rows: Ints) -> Columns:
        return {
            "order_id": columns.whole(number[lines.order[rows]]),
            "line_key": columns.whole(lines.key[rows]),
            "product_id": columns.chosen(ids, lines.product[rows]),
            "quantity": columns.whole(lines.quantity[rows]),
            "unit_price": columns.money(lines.price[rows]),
            "line_amount": columns.money(lines.amount[rows]),
            "discount_amount": columns.money(lines.discount[rows]),
        }

    return Timeline.fixed(orders.ordered[lines.order], state)

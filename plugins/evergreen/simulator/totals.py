"""What all customers did together, counted while the shop is simulated block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.simulator.arrays import NONE, Floats, Ints, Moments
from evergreen.simulator.calendar import Calendar
from evergreen.simulator.contacts import CAMPAIGN, COMPLAINT, Contacts
from evergreen.simulator.customers import CHANNELS
from evergreen.simulator.drivers import in_percent
from evergreen.simulator.lines import Lines
from evergreen.simulator.lives import History
from evergreen.simulator.orders import Orders
from evergreen.simulator.products import CATEGORIES

DRIVERS = ("orders", "lines", "deliveries", "contacts", "complaints", "campaign_touches", "active_customers")


@dataclass
class Totals:
    """Sums over blocks.

    drivers: (months, drivers); newcomers: (months, channels); sales: (years, categories) in cents;
    members: (campaigns,); quarters: (quarters, 6), the sums behind true satisfaction.
    """

    first_month: np.datetime64
    drivers: Floats
    newcomers: Floats
    sales: Floats
    members: Floats
    quarters: Floats

    @classmethod
    def none(cls, calendar: Calendar, campaigns: int) -> Totals:
        """Return zeros."""
        months = calendar.count_quarters * 3
        years = calendar.last_day.year - calendar.first_day.year + 1
        return cls(
            first_month=np.datetime64(calendar.first_day, "M"),
            drivers=np.zeros((months, len(DRIVERS))),
            newcomers=np.zeros((months, len(CHANNELS))),
            sales=np.zeros((years, len(CATEGORIES))),
            members=np.zeros(campaigns),
            quarters=np.zeros((calendar.count_quarters, 6)),
        )

    def add(self, lines: Lines, contacts: Contacts) -> None:
        """Count a block."""
        orders, history = lines.orders, lines.orders.history
        customers, world = history.customers, history.world
        calendar, products = world.calendar, world.products
        valid = orders.is_valid
        self._count("orders", orders.ordered[valid])
        self._count("lines", orders.ordered[lines.order][valid[lines.order]])
        self._count("deliveries", orders.delivered[~np.isnat(orders.delivered)])
        kind = contacts.kind
        self._count("contacts", contacts.contacted[(kind != CAMPAIGN) & (kind != COMPLAINT)])
        self._count("complaints", contacts.contacted[kind == COMPLAINT])
        self._count("campaign_touches", contacts.contacted[kind == CAMPAIGN])
        self._count_active(orders)
        bought = np.isfinite(customers.first_order) & (customers.first_order < calendar.all_days)
        months = self._month(calendar.moments(customers.first_order[bought]))
        np.add.at(self.newcomers, (months, customers.channel[bought]), 1)
        sold = valid[lines.order] & products.knows_category[lines.product]
        years = orders.ordered[lines.order][sold].astype("datetime64[Y]").astype(np.int64)
        np.add.at(
            self.sales,
            (years - (calendar.first_day.year - 1970), products.category[lines.product[sold]]),
            (lines.amount - lines.discount)[sold],
        )
        self.members += np.bincount(history.members.campaign, minlength=len(self.members))
        self._add_satisfaction(history)

    def _month(self, moments: Moments) -> Ints:
        months = (moments.astype("datetime64[M]") - self.first_month).astype(np.int64)
        return months

    def _count(self, driver: str, moments: Moments) -> None:
        months = self._month(moments)
        counted = np.bincount(months[months < len(self.drivers)], minlength=len(self.drivers))
        self.drivers[:, DRIVERS.index(driver)] += counted

    def _count_active(self, orders: Orders) -> None:
        counts = orders.is_valid & (orders.customer != NONE)
        months = self._month(orders.ordered[counts])
        pairs = np.unique(orders.customer[counts] * len(self.drivers) + months)
        self.drivers[:, DRIVERS.index("active_customers")] += np.bincount(
            pairs % len(self.drivers), minlength=len(self.drivers)
        )

    def _add_satisfaction(self, history: History) -> None:
        """Sum satisfaction of the active by quarter: plain, weighed by true value, and by group."""
        satisfaction = in_percent(history.experiences.satisfaction.astype(np.float64))
        customers = history.customers
        value = customers.order_rate * customers.spend
        active = history.active_in_quarters()
        for quarter in range(active.shape[1]):
            who = active[:, quarter]
            felt, worth, high = satisfaction[who, quarter], value[who], customers.is_high_value[who]
            self.quarters[quarter] += (
                who.sum(),
                felt.sum(),
                worth.sum(),
                (worth * felt).sum(),
                high.sum(),
                felt[high].sum(),
            )

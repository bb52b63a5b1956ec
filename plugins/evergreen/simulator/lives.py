"""How relationships go on and end: the purchase process, quarter by quarter.

Within a life a customer orders by a Poisson process on the clock of the season, at the true rate; while a
campaign runs, the treated order more often. The hazard of dropping out is the customer's own times what the
satisfaction of the quarter before makes of it. After a dropout a new life may begin, by itself or when asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from evergreen.simulator.arrays import Flags, Floats, Ints
from evergreen.simulator.campaigns import Members, choose_members
from evergreen.simulator.customers import Customers
from evergreen.simulator.experiences import Experiences
from evergreen.simulator.fulfilment import CANCELLED_SHARE, Purchases, fulfil
from evergreen.simulator.world import World

_REST_INTERVALS, _REST_DAYS, _RETURN_DAYS = 6.0, 60.0, 200.0  # before a customer comes back by itself
_TYPICAL_SPREAD = 0.85  # of satisfaction; keeps the mean hazard where the preset put it


@dataclass
class Lives:
    """One row per life of a customer: from an order to the dropout (NaN: beyond what is simulated)."""

    customer: Ints
    number: Ints
    began: Floats
    ended: Floats


@dataclass
class History:
    """Everything that happened to a block of customers."""

    world: World
    customers: Customers
    purchases: Purchases
    lives: Lives
    members: Members
    experiences: Experiences
    last_order: Floats  # (customers, quarters): by the start of the quarter, NaN if none

    def active_in_quarters(self) -> Flags:
        """Return who was alive in which quarter, if only for a part of it: shape (customers, quarters)."""
        starts, lives = self.world.calendar.quarter_starts, self.lives
        active = np.zeros((len(self.customers), len(starts) - 1), dtype=bool)
        for quarter in range(len(starts) - 1):
            alive = (lives.began < starts[quarter + 1]) & ~(lives.ended <= starts[quarter])
            active[lives.customer[alive], quarter] = True
        return active


def live(random: np.random.Generator, world: World, customers: Customers) -> History:
    """Let a block of customers live from the opening to the last simulated day."""
    course = _Course.begin(random, world, customers)
    purchases: list[Purchases] = []
    members: list[Members] = []
    last_order = np.full((len(customers), world.calendar.count_quarters), np.nan)
    for quarter in range(world.calendar.count_quarters):
        last_order[:, quarter] = course.last_order
        chosen = choose_members(random, world.programme, quarter, course.last_order)
        bought = course.pass_quarter(quarter, chosen)
        course.experiences.pass_quarter(random, quarter, bought)
        purchases.append(bought)
        members.extend(chosen)
    return History(
        world=world,
        customers=customers,
        purchases=Purchases.joined(purchases),
        lives=course.lives(),
        members=Members.joined(members),
        experiences=course.experiences,
        last_order=last_order,
    )


@dataclass
class _Course:
    """Where each customer stands while the quarters pass."""

    random: np.random.Generator
    world: World
    customers: Customers
    experiences: Experiences
    is_alive: Flags
    life: Ints
    last_order: Floats
    returns: Floats
    began: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    ended: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)

    @classmethod
    def begin(cls, random: np.random.Generator, world: World, customers: Customers) -> _Course:
        n = len(customers)
        return cls(
            random=random,
            world=world,
            customers=customers,
            experiences=Experiences.begin(random, world, customers),
            is_alive=np.zeros(n, dtype=bool),
            life=np.zeros(n, dtype=np.int64),
            last_order=np.full(n, np.nan),
            returns=np.full(n, np.nan),
        )

    def pass_quarter(self, quarter: int, campaigns: list[Members]) -> Purchases:
        """Begin, continue and end lives in a quarter; return its purchases in order of time."""
        start, end = (float(day) for day in self.world.calendar.quarter_starts[quarter : quarter + 2])
        begins = self._beginnings(start, end, campaigns)
        newly = np.flatnonzero(np.isfinite(begins))
        self._begin(newly, begins[newly])
        alive = np.flatnonzero(self.is_alive)
        since = np.where(np.isfinite(begins), begins, start)[alive]
        lasts = self.random.exponential(1, len(alive)) / self._hazard(quarter)[alive]
        ends = since + lasts < end
        until = np.minimum(since + lasts, end)

        # the true rate is that of valid orders: those that will be cancelled come on top
        rate = self.customers.order_rate[alive] / (1 - CANCELLED_SHARE)
        orders = [(newly, begins[newly]), _of(alive, self._orders(rate, since, until))]
        orders += [self._campaign_orders(campaign, alive, since, until) for campaign in campaigns]
        who, at = (np.concatenate(part) for part in zip(*orders, strict=True))
        opens_life = np.arange(len(who)) < len(newly)
        order = np.argsort(at, kind="stable")
        who, at = who[order], at[order]
        self._end(alive[ends], until[ends], end)
        self.last_order[who] = at  # sorted: the latest one stays
        season = self.world.calendar.season(quarter)
        return fulfil(self.random, season, who, at, opens_life[order])

    def _beginnings(self, start: float, end: float, campaigns: list[Members]) -> Floats:
        """Return the moment at which a life begins in the quarter, NaN where none does."""

        def within(at: Floats) -> Flags:
            return (at >= start) & (at < end)

        first = self.customers.first_order
        begins = np.where(within(first), first, np.nan)
        returning = within(self.returns)
        begins[returning] = self.returns[returning]
        self.returns[returning] = np.nan
        for campaign in campaigns:
            if campaign.wins_back:
                asked = campaign.customer[campaign.is_treated]
                asked = asked[~self.is_alive[asked] & ~np.isfinite(begins[asked])]
                won = asked[self.random.random(len(asked)) < self.world.preset.winback_share]
                length = campaign.ends - campaign.starts
                begins[won] = campaign.starts + self.random.uniform(1, length, len(won))
                self.returns[won] = np.nan
        return begins

    def _begin(self, who: Ints, at: Floats) -> None:
        self.is_alive[who] = True
        self.life[who] += 1
        self.began.append((who, self.life[who], at))

    def _end(self, who: Ints, at: Floats, quarter_end: float) -> None:
        """End lives, and decide who will come back by itself, in a later quarter."""
        self.is_alive[who] = False
        self.ended.append((who, self.life[who], at))
        rest = _REST_INTERVALS / self.customers.order_rate[who] + _REST_DAYS
        back = at + rest + self.random.exponential(_RETURN_DAYS, len(who))
        comes_back = self.random.random(len(who)) < self.world.preset.return_share
        self.returns[who] = np.where(comes_back, np.maximum(back, quarter_end + 0.5), np.nan)

    def _hazard(self, quarter: int) -> Floats:
        """Return the hazard of dropping out per day; satisfaction works a quarter later."""
        effect = self.world.preset.dissatisfaction_effect
        mean = np.exp((effect * _TYPICAL_SPREAD) ** 2 / 2)
        felt: Floats = self.experiences.satisfaction[:, max(quarter - 1, 0)].astype(np.float64)
        hazard: Floats = self.customers.dropout_rate * np.exp(-effect * felt) / mean
        return hazard

    def _orders(self, rate: Floats, since: Floats, until: Floats) -> tuple[Ints, Floats]:
        """Draw a Poisson process on the season's clock; return positions and moments."""
        calendar = self.world.calendar
        opened, closed = calendar.business_by(since), calendar.business_by(until)
        span = closed - opened
        who = np.repeat(np.arange(len(rate)), self.random.poisson(rate * span))
        return who, calendar.moment_of(opened[who] + self.random.random(len(who)) * span[who])

    def _campaign_orders(
        self, campaign: Members, alive: Ints, since: Floats, until: Floats
    ) -> tuple[Ints, Floats]:
        """Draw the orders that a campaign brings on top, from the treated who are alive."""
        treated = np.zeros(len(self.customers), dtype=bool)
        treated[campaign.customer[campaign.is_treated]] = True
        touched = treated[alive]
        opened = np.maximum(since[touched], campaign.starts)
        closed = np.maximum(np.minimum(until[touched], campaign.ends), opened)
        rate = self.customers.order_rate[alive[touched]] * campaign.uplift
        return _of(alive[touched], self._orders(rate, opened, closed))

    def lives(self) -> Lives:
        """Join beginnings and endings into one row per life, by customer and number."""
        customer, number, began = (np.concatenate(part) for part in zip(*self.began, strict=True))
        order = np.lexsort((number, customer))
        customer, number, began = customer[order], number[order], began[order]
        ended = np.full(len(customer), np.nan)
        gone, gone_number, gone_at = (np.concatenate(part) for part in zip(*self.ended, strict=True))
        stride = int(number.max(initial=0)) + 1
        ended[np.searchsorted(customer * stride + number, gone * stride + gone_number)] = gone_at
        return Lives(customer, number, began, ended)


def _of(who: Ints, drawn: tuple[Ints, Floats]) -> tuple[Ints, Floats]:
    """Turn positions among `who` into positions among all."""
    return who[drawn[0]], drawn[1]

"""Who the customers are: traits, true rates, when they came, and who sent or influences them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evergreen.simulator.arrays import NONE, Array, Flags, Floats, Ints
from evergreen.simulator.calendar import Calendar
from evergreen.simulator.world import World

SEGMENTS = ("household", "studio", "company")
INDUSTRIES = ("trade", "finance", "services", "technology", "public", "education", "health")
REGIONS = ("north", "south", "east", "west", "overseas")
CHANNELS = ("search", "social", "referral", "partner", "fair", "mailing")
REFERRAL = CHANNELS.index("referral")
OVERSEAS = REGIONS.index("overseas")

_SEGMENT_SHARES = (0.62, 0.25, 0.13)
_SEGMENT_SPEND = np.array([1.0, 1.7, 3.2])
_REGION_SHARES = (0.27, 0.24, 0.2, 0.22, 0.07)
# Channels at the opening and at the end of the history: the shop grows into the social networks.
_CHANNELS_FIRST = np.array([0.34, 0.08, 0.10, 0.18, 0.12, 0.18])
_CHANNELS_LAST = np.array([0.30, 0.27, 0.18, 0.11, 0.07, 0.07])
_CHANNEL_RATE = np.array([1.0, 0.88, 1.12, 1.05, 0.95, 0.98])
_CHANNEL_DROPOUT = np.array([1.0, 1.6, 0.6, 0.9, 0.85, 1.1])

_NEVER_BUY_SHARE = 0.06
_INDIRECT_SHARE = 0.02
_WAIT_SHARE, _WAIT_DAYS = 0.28, 35.0
_KEY_ACCOUNT_SHARE = 0.02
_HIGH_VALUE_SHARE = (
    0.2  # the fifth with the highest value, as the six cases of the satisfaction trap count it
)


@dataclass
class Customers:
    """A block of customers, ordered by registration; arrays of shape (customers,).

    Moments are in days since the shop opened, NaN for never; rates are per day.
    """

    number: Ints
    registered: Floats
    first_order: Floats  # NaN: a prospect for ever, or an indirect customer
    order_rate: Floats
    dropout_rate: Floats
    spend: Floats  # multiplies what is put into a basket
    expectations: Floats
    attitude: Floats  # what a customer feels about the shop, whatever happens
    segment: Ints
    industry: Ints
    region: Ints
    channel: Ints
    referrer: Ints  # position in this block
    influences: Ints  # position in this block; set for indirect customers only
    is_indirect: Flags
    is_target: Flags
    is_high_value: Flags
    is_key_account: Flags
    was_here: Flags  # registered within the history, not in the days to come

    def __len__(self) -> int:
        return len(self.number)


def draw_customers(random: np.random.Generator, world: World, size: int) -> Customers:
    """Draw `size` customers who register within the history, and those who come in the days after it."""
    calendar, preset = world.calendar, world.preset
    registered = _registrations(random, calendar, size)
    n = len(registered)
    is_indirect = random.random(n) < _INDIRECT_SHARE
    is_indirect[0] = False
    never = (random.random(n) < _NEVER_BUY_SHARE) | is_indirect
    waits = np.where(random.random(n) < _WAIT_SHARE, random.exponential(_WAIT_DAYS, n), 0.0)
    segment = random.choice(len(SEGMENTS), n, p=_SEGMENT_SHARES)
    order_rate = preset.order_rate.draw(random, n)
    dropout_rate = preset.dropout_rate.draw(random, n)
    attitude = random.standard_normal(n)
    channel = _channels(random, registered / calendar.history_days)
    if preset.traits_matter:
        order_rate *= _CHANNEL_RATE[channel]
        dropout_rate *= _CHANNEL_DROPOUT[channel]
    spend = np.exp(0.55 * random.standard_normal(n) + 0.22 * attitude) * _SEGMENT_SPEND[segment]
    customers = Customers(
        number=world.numbers("customers", n),
        registered=registered,
        first_order=np.where(never, np.nan, registered + waits + 0.004),
        order_rate=order_rate,
        dropout_rate=dropout_rate,
        spend=spend,
        expectations=random.standard_normal(n),
        attitude=attitude,
        segment=segment,
        industry=np.where(segment == 0, NONE, random.integers(0, len(INDUSTRIES), n)),
        region=random.choice(len(REGIONS), n, p=_REGION_SHARES),
        channel=channel,
        referrer=np.full(n, NONE),
        influences=np.full(n, NONE),
        is_indirect=is_indirect,
        is_target=random.random(n) < 0.15 + 0.25 * segment,
        is_high_value=_top(order_rate * spend, never, _HIGH_VALUE_SHARE),
        is_key_account=_top(order_rate * spend, never | (segment == 0), _KEY_ACCOUNT_SHARE),
        was_here=registered < calendar.history_days,
    )
    _send_and_influence(random, customers)
    return customers


def _registrations(random: np.random.Generator, calendar: Calendar, size: int) -> Floats:
    """Draw sorted moments: a burst at the opening, growth over the history, the season's pattern."""
    day = np.arange(calendar.all_days + 1, dtype=np.float64)
    growth = 1 + 0.9 * np.minimum(day / calendar.history_days, 1) + 2.5 * np.exp(-day / 45)
    passed = np.concatenate([[0.0], np.cumsum(growth[:-1] * np.diff(calendar.business_by(day)))])
    by_now = passed[calendar.history_days]
    to_come = round(size * (passed[-1] / by_now - 1))
    drawn = np.concatenate([random.uniform(0, by_now, size), random.uniform(by_now, passed[-1], to_come)])
    return np.sort(np.interp(drawn, passed, day))


def _channels(random: np.random.Generator, age: Floats) -> Ints:
    """Draw channels whose mix moves with `age`, the share of the history that has passed."""
    progress = np.clip(age, 0, 1)[:, None]
    mix = np.cumsum(_CHANNELS_FIRST * (1 - progress) + _CHANNELS_LAST * progress, axis=1)
    channel: Ints = (random.random(len(age))[:, None] > mix[:, :-1]).sum(axis=1)
    return channel


def _top(value: Floats, excluded: Flags, share: float) -> Flags:
    """Mark the given share of those not excluded who have the highest value."""
    if excluded.all():
        return np.zeros(len(value), dtype=bool)
    limit = np.quantile(value[~excluded], 1 - share)
    return ~excluded & (value >= limit)


def _send_and_influence(random: np.random.Generator, customers: Customers) -> None:
    """Give referred customers a referrer and indirect ones somebody to influence.

    A referrer has ordered before the referred registers, hence registered earlier: no cycle can arise. Of
    two candidates the one who thinks better of the shop is the referrer. Without a candidate the customer
    came by search.
    """
    buyers = np.argsort(customers.first_order)[: int(np.isfinite(customers.first_order).sum())]
    orders = customers.first_order[buyers]

    def earlier_buyers(who: Ints) -> tuple[Ints, Ints]:
        candidates = np.searchsorted(orders, customers.registered[who])
        possible = candidates > 0
        return who[possible], candidates[possible]

    referred, candidates = earlier_buyers(np.flatnonzero(customers.channel == REFERRAL))
    pair: Array = buyers[(candidates * random.random((2, len(referred))) ** 0.7).astype(np.int64)]
    customers.referrer[referred] = np.where(
        customers.attitude[pair[0]] >= customers.attitude[pair[1]], pair[0], pair[1]
    )
    customers.channel[(customers.channel == REFERRAL) & (customers.referrer == NONE)] = CHANNELS.index(
        "search"
    )
    indirect, candidates = earlier_buyers(np.flatnonzero(customers.is_indirect))
    customers.influences[indirect] = buyers[(candidates * random.random(len(indirect))).astype(np.int64)]
    customers.is_indirect[customers.influences == NONE] = False

"""Random lives of customers: orders, refunds, complaints, notices and scores, with a seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

START = date(2023, 1, 1)
DAYS = 420


@dataclass
class Order:
    """A valid order."""

    at: datetime
    amount: Decimal


@dataclass
class Notice:
    """A termination notice; `effective_at` may not be said."""

    given_at: datetime
    effective_at: datetime | None


@dataclass
class Complaint:
    """A complaint; `resolved_at` None = not settled."""

    at: datetime
    resolved_at: datetime | None


@dataclass
class Life:
    """All that ever happens to a customer."""

    customer_id: str
    known_at: datetime
    orders: list[Order] = field(default_factory=list)
    refunds: list[Order] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    withdrawals: list[datetime] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    scores: list[tuple[datetime, Decimal]] = field(default_factory=list)


def lives(seed: int, count: int) -> list[Life]:
    """Return `count` lives. Rhythms are quick, so that trends turn; what is rare in life is frequent here."""
    random = Random(seed)
    return [_life(random, f"customer{number:03}") for number in range(count)]


def _life(random: Random, customer_id: str) -> Life:
    known = random.randrange(60)
    life = Life(customer_id, _moment(random, known))
    day = known + random.choice([0, 0, 5, 40, DAYS])
    gap = random.choice([1, 2, 3, 5, 9, 20])
    while day < DAYS:
        for _ in range(random.choice([1, 1, 1, 2])):
            life.orders.append(Order(_moment(random, day), Decimal(random.choice([5, 20, 50, 500]))))
        if random.random() < 0.15:
            back = life.orders[-1]
            at = back.at + timedelta(days=random.choice([0, 1, 3, 30]))
            life.refunds.append(Order(at, back.amount * random.choice([1, 1, 4])))
        if random.random() < 0.06:
            gap = random.choice([1, 2, 4, 10, 25])
        pause = random.choice([30, 120]) if random.random() < 0.03 else 0
        day += pause + max(1, round(random.expovariate(1 / gap)))
    _upsets(random, life)
    return life


def _upsets(random: Random, life: Life) -> None:
    for _ in range(random.choice([0, 0, 1, 2])):
        at = _near(random, life)
        settled = random.choice([None, at + timedelta(days=random.randrange(40))])
        life.complaints.append(Complaint(at, settled))
    for _ in range(random.choice([0, 0, 1, 3])):
        at = _near(random, life)
        score = random.choice([0, Decimal("33.3333333333"), 35, Decimal("35.5"), 90])
        life.scores.append((at, Decimal(score)))
    for _ in range(random.choice([0, 0, 1, 2])):
        at = _near(random, life)
        effective = random.choice(
            [
                None,
                at,
                at + timedelta(days=random.randrange(30)),
                _near(random, life),
                _moment(random, DAYS + 9),
            ]
        )
        life.notices.append(Notice(at, effective))
        if random.random() < 0.4:
            life.withdrawals.append(at + timedelta(hours=random.randrange(400)))


def _near(random: Random, life: Life) -> datetime:
    """Return a moment that is likely to meet an order's day, or the day before or after."""
    if life.orders and random.random() < 0.7:
        day = random.choice(life.orders).at.date() + timedelta(days=random.choice([-1, 0, 0, 1]))
        return max(life.known_at, datetime.combine(day, time(random.randrange(24), random.randrange(60))))
    return max(life.known_at, _moment(random, random.randrange(DAYS)))


def _moment(random: Random, day: int) -> datetime:
    clock = time(random.randrange(24), random.randrange(60), random.randrange(60))
    return datetime.combine(START + timedelta(days=day), clock)


def until(life: Life, day: date) -> Life | None:
    """Return what is known of a life at the end of a day; None if nothing is."""
    end = datetime.combine(day + timedelta(days=1), time())
    if life.known_at >= end:
        return None
    return Life(
        life.customer_id,
        life.known_at,
        [order for order in life.orders if order.at < end],
        [refund for refund in life.refunds if refund.at < end],
        [notice for notice in life.notices if notice.given_at < end],
        [at for at in life.withdrawals if at < end],
        [
            Complaint(c.at, c.resolved_at if c.resolved_at and c.resolved_at < end else None)
            for c in life.complaints
            if c.at < end
        ],
        [score for score in life.scores if score[0] < end],
    )

"""Who is asked what and when, who answers, and when."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from evergreen.simulator import columns
from evergreen.simulator.arrays import NEVER, NONE, Array, Flags, Floats, Ints, Moments, after, by_then
from evergreen.simulator.calendar import Calendar
from evergreen.simulator.columns import Column, Columns
from evergreen.simulator.contacts import COMPLAINT, ENQUIRY, Contacts
from evergreen.simulator.departures import Departures
from evergreen.simulator.lives import History
from evergreen.simulator.market import SERVICE
from evergreen.simulator.orders import Orders
from evergreen.simulator.timeline import Timeline

# What the relationship surveys of a quarter are about: each customer asked gets one of them.
_RELATIONSHIP = {
    "servqual": 0.42,
    "recommendation": 0.18,
    "acsi": 0.14,
    "loyalty": 0.06,
    "trust": 0.04,
    "exceeding": 0.04,
    "perceived_value": 0.04,
    "equity": 0.03,
    "needs": 0.03,
    "habits": 0.02,
}
INSTRUMENTS = (
    *_RELATIONSHIP,
    "arrival",
    "exit",
    "after_purchase",
    "after_contact",
    "after_complaint",
    "service_gaps",
)
COMPANIES = ("own", "Larkspur Gardens")
ROLES = ("customer", "manager", "employee")

SMALL_SHOP = 10_000  # customers; beyond, the share asked falls with the square root
_ASK_FROM, _ASK_TO, _LAST_ANSWER = 30.0, 58.0, 25.0  # days into the quarter, days after the invitation
_KNOWN_DAYS = 365.0
_ANSWERS, _CONTENT_ANSWER, _VALUABLE_ANSWER, _GONE_DO_NOT = -0.2, 0.15, 0.25, -1.4  # log odds
_AGAIN_SHARE = 0.01
_UNASKED_SHARE, _ANONYMOUS_SHARE = 0.01, 0.5


@dataclass
class Responses:
    """Invitations, and answers nobody asked for; nothing is NONE in positions, NaT in moments."""

    instrument: Ints
    customer: Ints  # the one who answers, even where the answer does not say so
    is_anonymous: Flags
    role: Ints
    employee: Ints
    company: Ints
    invited: Moments
    submitted: Moments
    order: Ints
    contact: Ints
    departure: Ints
    quarter: Ints  # whose experience is told
    number: Ints

    def __len__(self) -> int:
        return len(self.instrument)

    @classmethod
    def of(cls, instrument: str | Ints, customer: Ints, **given: Array | int | np.datetime64 | bool) -> Self:
        """Return responses; what is not given is nothing, own company, a customer."""
        n = len(customer)
        usual = {
            "invited": NEVER,
            "submitted": NEVER,
            "is_anonymous": False,
            "role": 0,
            "company": 0,
            "number": 0,
        }
        values: dict[str, object] = {f.name: given.get(f.name, usual.get(f.name, NONE)) for f in fields(cls)}
        code = INSTRUMENTS.index(instrument) if isinstance(instrument, str) else instrument
        values |= {"instrument": code, "customer": customer}
        return cls(**{name: np.broadcast_to(np.asarray(value), n) for name, value in values.items()})

    def among(self, rows: Ints) -> Self:
        """Return some of the responses."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @property
    def created(self) -> Moments:
        """When the row first exists: at the invitation, else at the answer."""
        return np.where(np.isnat(self.invited), self.submitted, self.invited)

    @classmethod
    def joined(cls, parts: list[Self], numbers: Ints) -> Self:
        """Return all parts by creation, numbered."""
        whole = {f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)}
        order = np.argsort(cls(**whole).created, kind="stable")
        joined = cls(**{name: value[order] for name, value in whole.items()})
        joined.number = numbers
        return joined


@dataclass
class _Asking:
    """What all kinds of invitations need."""

    random: np.random.Generator
    history: History
    calendar: Calendar
    share: float  # of what a small shop would ask
    log_odds: Floats  # (customers, quarters): of answering

    def answers(self, customer: Ints, quarter: Ints) -> Flags:
        odds = np.exp(self.log_odds[customer, quarter])
        return np.asarray(self.random.random(len(customer)) < odds / (1 + odds))

    def ask_after(self, instrument: str, customer: Ints, invited: Moments, **given: Array) -> Responses:
        """Ask about something that happened; who answers does so within days."""
        known = ~np.isnat(invited)
        customer, invited = customer[known], invited[known]
        quarter = self.calendar.quarter_of(invited)
        answered = after(invited, 0.05 + self.random.exponential(2.5, len(customer)))
        submitted = np.where(self.answers(customer, quarter), answered, NEVER)
        rest = {name: value[known] for name, value in given.items()}
        return Responses.of(
            instrument, customer, invited=invited, submitted=submitted, quarter=quarter, **rest
        )

    def some(self, where: Flags, share: float, *, of_small_shop: bool = True) -> Ints:
        wanted = share * (self.share if of_small_shop else 1)
        return np.flatnonzero(where & (self.random.random(len(where)) < wanted))


def make_responses(
    random: np.random.Generator, orders: Orders, contacts: Contacts, departures: Departures
) -> Responses:
    """Ask the customers of a block."""
    history, world = orders.history, orders.history.world
    share = min(1.0, (SMALL_SHOP / world.size) ** 0.5)
    asking = _Asking(random, history, world.calendar, share, _log_odds(history))
    asked = [_relationship(asking, quarter) for quarter in range(world.calendar.count_quarters)]
    parts = [
        *asked,
        *[_again(asking, part) for part in asked],
        _unasked(asking),
        *_about_events(asking, orders, contacts),
        _arrivals(asking),
        _exits(asking, departures),
    ]
    return Responses.joined(parts, world.numbers("responses", sum(len(part) for part in parts)))


def _log_odds(history: History) -> Floats:
    """Answering comes easier to the content and the valuable; those who left rarely do."""
    customers = history.customers
    value = np.log(customers.order_rate * customers.spend)
    worth: Floats = _VALUABLE_ANSWER * (value - value.mean()) / (value.std() or 1.0)
    content = _CONTENT_ANSWER * history.experiences.satisfaction.astype(np.float64)
    gone = ~history.active_in_quarters()
    return _ANSWERS + content + worth[:, None] + _GONE_DO_NOT * gone


def _relationship(asking: _Asking, quarter: int) -> Responses:
    """Ask customers of the last year, in the middle of the quarter so that answers fall into it."""
    history = asking.history
    random, start = asking.random, float(asking.calendar.quarter_starts[quarter])
    is_known = start - history.last_order[:, quarter] <= _KNOWN_DAYS
    who = asking.some(is_known, history.world.preset.survey_share)
    n = len(who)
    instrument = random.choice(len(_RELATIONSHIP), n, p=list(_RELATIONSHIP.values()))
    invited = asking.calendar.moments(start + random.uniform(_ASK_FROM, _ASK_TO, n))
    wait = np.minimum(0.05 + random.exponential(4, n), random.uniform(20, _LAST_ANSWER, n))
    quarters = np.full(n, quarter)
    submitted = np.where(asking.answers(who, quarters), after(invited, wait), NEVER)
    return Responses.of(instrument, who, invited=invited, submitted=submitted, quarter=quarters)


def _again(asking: _Asking, asked: Responses) -> Responses:
    """Some answer twice."""
    twice = asking.some(~np.isnat(asked.submitted), _AGAIN_SHARE, of_small_shop=False)
    return Responses.of(
        asked.instrument[twice],
        asked.customer[twice],
        submitted=after(asked.submitted[twice], np.full(len(twice), 0.3)),
        quarter=asked.quarter[twice],
    )


def _unasked(asking: _Asking) -> Responses:
    """Recommendations on the shop's page, above all from the delighted and the angry; half name nobody."""
    history = asking.history
    satisfaction, calendar = history.experiences.satisfaction, asking.calendar
    ordered_lately = calendar.quarter_starts[:-1] - history.last_order < 100
    chance = _UNASKED_SHARE * asking.share * (1 + np.abs(satisfaction)) * ordered_lately
    who, quarter = np.nonzero(asking.random.random(chance.shape) < chance)
    at = calendar.quarter_starts[quarter] + asking.random.uniform(0, 89, len(who))
    return Responses.of(
        "recommendation",
        who,
        submitted=calendar.moments(at),
        quarter=quarter,
        is_anonymous=asking.random.random(len(who)) < _ANONYMOUS_SHARE,
    )


def _about_events(asking: _Asking, orders: Orders, contacts: Contacts) -> list[Responses]:
    """Ask about deliveries, answers and settled complaints; the latter two name the employee."""
    service_staff = np.flatnonzero(asking.history.world.staff == SERVICE)
    order = asking.some((orders.customer != NONE) & ~np.isnat(orders.delivered), 0.12)
    closed = ~np.isnat(contacts.resolved)
    enquiry = asking.some((contacts.kind == ENQUIRY) & closed, 0.5)
    complaint = asking.some((contacts.kind == COMPLAINT) & closed, 1.0, of_small_shop=False)

    def about(instrument: str, contact: Ints) -> Responses:
        return asking.ask_after(
            instrument,
            contacts.customer[contact],
            after(contacts.resolved[contact], np.full(len(contact), 0.8)),
            contact=contact,
            employee=service_staff[asking.random.integers(0, len(service_staff), len(contact))],
        )

    delivered = after(orders.delivered[order], np.full(len(order), 2.0))
    return [
        asking.ask_after("after_purchase", orders.customer[order], delivered, order=order),
        about("after_contact", enquiry),
        about("after_complaint", complaint),
    ]


def _arrivals(asking: _Asking) -> Responses:
    customers = asking.history.customers
    came = np.isfinite(customers.first_order) & (customers.first_order < asking.calendar.all_days)
    who = asking.some(came, 0.5)
    return asking.ask_after("arrival", who, asking.calendar.moments(customers.first_order[who] + 3))


def _exits(asking: _Asking, departures: Departures) -> Responses:
    """Ask who gave notice a week after it took effect, and some of the silent ones months later."""
    gave_notice = np.isfinite(departures.notice)
    left = departures.is_dropout & (gave_notice | (asking.random.random(len(gave_notice)) < 0.5))
    who = asking.some(left, 1.0, of_small_shop=False)
    silent_for = asking.random.uniform(110, 150, len(who))
    asked = departures.effective[who] + np.where(gave_notice[who], 7, silent_for)
    return asking.ask_after("exit", departures.customer[who], asking.calendar.moments(asked), departure=who)


def response_rows(
    responses: Responses, customer_ids: Column, employees: Column, orders: Ints, contacts: Ints
) -> Timeline:
    """Return the rows of the responses, given the numbers of orders and contacts.

    They change when the answers come in.
    """

    def state(rows: Ints, moment: Moments) -> Columns:
        customer = np.where(responses.is_anonymous[rows], NONE, responses.customer[rows])
        order, contact = responses.order[rows], responses.contact[rows]
        return {
            "response_id": columns.whole(responses.number[rows]),
            "customer_id": columns.chosen(customer_ids, customer),
            "respondent_role": columns.text(ROLES, responses.role[rows]),
            "employee_id": columns.chosen(employees, responses.employee[rows]),
            "instrument": columns.text(INSTRUMENTS, responses.instrument[rows]),
            "rated_company": columns.text(COMPANIES, responses.company[rows]),
            "invited_at": columns.moment(responses.invited[rows]),
            "submitted_at": columns.moment(by_then(responses.submitted[rows], moment)),
            "order_id": columns.whole(_number(orders, order)),
            "contact_id": columns.whole(_number(contacts, contact)),
        }

    return Timeline(np.stack([responses.created, responses.submitted], axis=1), state)


def _number(numbers: Ints, positions: Ints) -> Ints:
    """Return the numbers at positions, NONE where there is none."""
    if not len(numbers):
        return np.full(len(positions), NONE)
    return np.where(positions == NONE, NONE, numbers[positions])

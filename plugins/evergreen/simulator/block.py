"""One block of customers, from first contact to last answer, as tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from evergreen.simulator import columns
from evergreen.simulator.answers import Answers, Respondents, answer, answer_rows
from evergreen.simulator.arrays import NONE, Flags, Ints
from evergreen.simulator.choices import Background
from evergreen.simulator.columns import Column, Columns
from evergreen.simulator.contacts import COMPLAINT, Contacts, contact_rows, make_contacts
from evergreen.simulator.costs import customer_cost_rows
from evergreen.simulator.customers import draw_customers
from evergreen.simulator.departures import Departures, make_departures
from evergreen.simulator.feelings import feel
from evergreen.simulator.invitations import Responses, make_responses, response_rows
from evergreen.simulator.lines import line_rows, make_lines
from evergreen.simulator.lives import History, live
from evergreen.simulator.market import ACCOUNT_MANAGER, campaign_ids, employee_ids, opportunity_rows
from evergreen.simulator.orders import Orders, make_orders, order_rows
from evergreen.simulator.personal import make_people
from evergreen.simulator.profiles import customer_rows, make_profiles
from evergreen.simulator.refunds import make_refunds, refund_rows
from evergreen.simulator.timeline import Timeline
from evergreen.simulator.totals import Totals
from evergreen.simulator.truth import customer_truth
from evergreen.simulator.world import World

Streams: TypeAlias = Callable[[str], np.random.Generator]


@dataclass
class Surveys:
    """Responses and answers, those that name a customer apart from those that name nobody."""

    responses: Timeline
    anonymous_responses: Timeline
    answers: Timeline
    anonymous_answers: Timeline

    @classmethod
    def of(cls, responses: Timeline, answers: Timeline, about: Ints, is_anonymous: Flags) -> Surveys:
        """Part them; `about` is the position of the response of each answer."""
        nameless = is_anonymous[about]
        return cls(
            responses.only(~is_anonymous),
            responses.only(is_anonymous),
            answers.only(~nameless),
            answers.only(nameless),
        )


@dataclass
class Block:
    """The tables of a block of customers."""

    rows: dict[str, Timeline]
    surveys: Surveys
    truth: dict[str, Columns]
    count_orders: int  # known today


def simulate_block(world: World, totals: Totals, streams: Streams, size: int) -> Block:
    """Simulate `size` customers of the history and those who come after it, and count them in the totals."""
    customers = draw_customers(streams("customers"), world, size)
    history = live(streams("lives"), world, customers)
    orders = make_orders(streams("orders"), history)
    lines = make_lines(streams("lines"), orders)
    refunds = make_refunds(streams("refunds"), lines)
    departures = make_departures(streams("departures"), history)
    profiles = make_profiles(streams("profiles"), history)
    contacts = make_contacts(streams("contacts"), orders, profiles, departures)
    totals.add(lines, contacts)

    ids = columns.label("C", customers.number, 7)
    managers = columns.chosen(employee_ids(world.staff), np.flatnonzero(world.staff == ACCOUNT_MANAGER))
    people = make_people(streams("people"), customers.number)
    campaigns = campaign_ids(world.programme)
    rows = {
        "customers": customer_rows(history, profiles, people, ids, managers),
        "customer_costs": customer_cost_rows(streams("costs"), history, profiles, contacts, ids),
        "orders": order_rows(orders, ids),
        "order_lines": line_rows(lines),
        "refunds": refund_rows(refunds, ids),
        "contacts": contact_rows(contacts, ids, campaigns),
        "campaign_members": _member_rows(history, ids, campaigns),
        "opportunities": opportunity_rows(streams("opportunities"), history, profiles, ids),
    }
    surveys = _surveys(streams, orders, contacts, departures, ids)
    known = int((orders.ordered < world.calendar.known_until).sum())
    return Block(rows, surveys, customer_truth(history, departures, ids), known)


def _member_rows(history: History, ids: Column, campaigns: Column) -> Timeline:
    """Return the table `campaign_members`: chosen on the morning of the campaign."""
    members, world = history.members, history.world
    chosen_at = world.calendar.moments(world.programme.starts + 0.05)

    def state(rows: Ints) -> Columns:
        return {
            "campaign_id": columns.chosen(campaigns, members.campaign[rows]),
            "customer_id": columns.chosen(ids, members.customer[rows]),
            "arm": columns.text(("holdout", "treated"), members.is_treated[rows].astype(np.int64)),
        }

    return Timeline.fixed(chosen_at[members.campaign], state)


def _surveys(
    streams: Streams, orders: Orders, contacts: Contacts, departures: Departures, ids: Column
) -> Surveys:
    world = orders.history.world
    responses = make_responses(streams("invitations"), orders, contacts, departures)
    answered = np.flatnonzero(~np.isnat(responses.submitted))
    told = responses.among(answered)
    feelings = feel(streams("feelings"), orders, contacts, told)
    respondents = Respondents(answered, feelings, _background(orders, contacts, departures, told))
    answers = answer(streams("answers"), world.items, told.instrument, respondents)
    return Surveys.of(
        response_rows(responses, ids, employee_ids(world.staff), orders.number, contacts.number),
        answer_rows(answers, world.items, responses.number, responses.submitted),
        answers.response,
        responses.is_anonymous,
    )


def study_surveys(world: World, responses: Responses, answers: Answers) -> Surveys:
    """Return the surveys of people who are no customers, or do not say so."""
    nobody = np.zeros(0, dtype=np.int64)
    ids = columns.label("C", nobody)
    return Surveys.of(
        response_rows(responses, ids, employee_ids(world.staff), nobody, nobody),
        answer_rows(answers, world.items, responses.number, responses.submitted),
        answers.response,
        np.ones(len(responses), dtype=bool),
    )


def _background(orders: Orders, contacts: Contacts, departures: Departures, told: Responses) -> Background:
    customers, calendar = orders.history.customers, orders.history.world.calendar
    complaints = contacts.kind == COMPLAINT
    quarter = calendar.quarter_of(contacts.contacted[complaints])
    complained = np.unique(contacts.customer[complaints] * calendar.count_quarters + quarter)
    own = told.customer * calendar.count_quarters + told.quarter
    left, nothing = told.departure, np.full(1, NONE)  # the last entry is what NONE points at
    return Background(
        segment=customers.segment[told.customer],
        channel=customers.channel[told.customer],
        is_high_value=customers.is_high_value[told.customer],
        has_complained=np.isin(own, complained) | (np.isin(own - 1, complained) & (told.quarter > 0)),
        reason=np.append(departures.reason, nothing)[left],
        destination=np.append(departures.destination, nothing)[left],
    )

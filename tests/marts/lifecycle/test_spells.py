"""The life of a customer, as SQL computes it at once, is what an oracle finds by going day by day."""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from evergreen.warehouse.connections import Warehouse
from marts.lifecycle.house import House
from marts.lifecycle.lives import DAYS, START, Life, lives
from marts.lifecycle.oracle import Standing, standings

LAST = START + timedelta(days=DAYS - 1)
# more of them when a rule has been changed
SEEDS = range(1, 1 + int(os.environ.get("EVERGREEN_TEST_LIVES", "1")))
CUSTOMERS = 90


class Spell(NamedTuple):
    """Days of one customer in one stage; `until` is the first day after, `before` the stage before."""

    customer: str
    since: date
    until: date | None
    stage: str
    cycle: int
    before: str | None


@pytest.fixture
def house(warehouse: Warehouse, tmp_path: Path) -> House:
    """An empty house."""
    made = House(warehouse, tmp_path)
    made.prepare()
    return made


@pytest.mark.parametrize("seed", SEEDS)
def test_lives_told_by_sql_are_those_told_day_by_day(seed: int, house: House) -> None:
    everybody = lives(seed, CUSTOMERS)
    house.build(everybody, LAST)
    limits = house.limits()
    told = spells(house)

    assert_no_gap_and_no_overlap(told, everybody)
    seen: set[tuple[str, str]] = set()
    for life in everybody:
        days = standings(life, limits, LAST)
        assert spells_of(life, days) == [spell for spell in told if spell.customer == life.customer_id], life
        seen |= {(standing.stage, standing.reason) for standing in days.values()}
        assert_present(house, life, days)
    # the histories are worth something only if everything happens in them
    assert len(seen) == 14, sorted(seen)

    assert_ways(told)
    assert_months(house, everybody, {life.customer_id: standings(life, limits, LAST) for life in everybody})

    parameters = house.as_configuration()
    for ago in (1, 37, 190):
        earlier = LAST - timedelta(days=ago)
        house.build(everybody, earlier, **parameters)
        assert spells(house) == as_of(told, earlier)

    beyond = parameters["termination_limit"] + 1
    with pytest.raises(AssertionError, match=r"termination_limit \(calibrated, .* lies below"):
        house.build(everybody, LAST, danger_limit=beyond)
    with pytest.raises(AssertionError, match="lifecycle_ended_limit is 'never': write a number above 0"):
        house.build(everybody, LAST, ended_limit="never")


def spells(house: House) -> list[Spell]:
    """Return the history, and hold the present state against it."""
    history = house.query(
        "select customer_id, valid_from, valid_to, stage, cycle_number, previous_stage"
        " from customer_lifecycle_history order by 1, 2"
    )
    present = house.query(
        "select customer_id, stage_since, null, stage, cycle_number, previous_stage"
        " from customer_lifecycle order by 1"
    )
    assert present == [spell for spell in history if spell[2] is None]
    return [Spell(*spell) for spell in history]


def spells_of(life: Life, days: dict[date, Standing]) -> list[Spell]:
    """Join days of one stage into spells."""
    found: list[Spell] = []
    for day, standing in sorted(days.items()):
        if found and found[-1].stage == standing.stage:
            continue
        if found:
            found[-1] = found[-1]._replace(until=day)
        before = found[-1].stage if found else None
        found.append(Spell(life.customer_id, day, None, standing.stage, standing.cycle, before))
    return found


def as_of(told: list[Spell], day: date) -> list[Spell]:
    """Return what a history says of the time up to a day."""
    return [
        spell._replace(until=spell.until if spell.until and spell.until <= day else None)
        for spell in told
        if spell.since <= day
    ]


def assert_no_gap_and_no_overlap(told: list[Spell], everybody: list[Life]) -> None:
    by_customer: dict[str, list[Spell]] = defaultdict(list)
    for spell in told:
        by_customer[spell.customer].append(spell)
    for life in everybody:
        own = by_customer.pop(life.customer_id)
        assert own[0].since == life.known_at.date()
        assert own[-1].until is None
        for first, second in pairwise(own):
            assert first.until == second.since > first.since
            assert first.stage == second.before != second.stage
    assert not by_customer


def assert_present(house: House, life: Life, days: dict[date, Standing]) -> None:
    (found,) = house.query(
        f"select stage, cycle_number, reason_code, reason is not null from customer_lifecycle"
        f" where customer_id = '{life.customer_id}'"
    )
    present = days[LAST]
    assert found == (present.stage, present.cycle, present.reason, True)


def assert_ways(told: list[Spell]) -> None:
    """Check that nothing goes a way that the rules do not know."""
    for spell in told:
        if spell.before == "interruption":
            assert spell.stage == "recovery"
        if spell.stage == "recovery":
            assert spell.before in ("interruption", "danger", "termination")
        assert not (spell.stage == "prospecting" and spell.before)
        if spell.stage == "interruption":
            assert spell.before != "prospecting"


def assert_months(house: House, everybody: list[Life], days: dict[str, dict[date, Standing]]) -> None:
    """Hold the marts by month against counts of single days."""
    totals: dict[tuple[date, str], int] = {}
    flows: dict[tuple[date, str, str], int] = defaultdict(int)
    moves: dict[tuple[date, str, str], int] = defaultdict(int)
    base = {"socialization", "growth", "maturity", "danger", "termination", "recovery"}
    movements: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0, 0])
    for own in days.values():
        for day, standing in own.items():
            month = day.replace(day=1)
            before = own.get(day - timedelta(days=1))
            counts = movements[month]
            if before is None or before.stage != standing.stage:
                if before:
                    moves[month, before.stage, standing.stage] += 1
                counts[1] += standing.stage in base and (before is None or before.stage == "prospecting")
                counts[2] += bool(before and before.stage == "interruption")
                counts[3] += standing.stage == "interruption"
            if day == LAST or (day + timedelta(days=1)).day == 1:
                opening = own.get(month - timedelta(days=1))
                totals[month, standing.stage] = totals.get((month, standing.stage), 0) + 1
                flows[month, opening.stage if opening else "none", standing.stage] += 1
                counts[0] += bool(opening and opening.stage in base)
                counts[4] += standing.stage in base
                counts[5] += bool(opening and opening.stage in base and standing.stage in base)

    found = house.query("select month, stage, customers from lifecycle_stage_totals")
    assert {(month, stage): count for month, stage, count in found if count} == totals
    assert len(found) == 8 * len(movements)
    found = house.query("select month, opening_stage, closing_stage, customers from lifecycle_flows")
    assert {tuple(row[:3]): row[3] for row in found} == flows
    found = house.query("select month, from_stage, to_stage, transitions from lifecycle_transitions")
    assert {tuple(row[:3]): row[3] for row in found} == moves
    found = house.query(
        "select month, opening_customers, new_customers, recovered_customers, lost_customers,"
        " closing_customers, kept_customers from customer_movements"
    )
    assert {row[0]: list(row[1:]) for row in found} == movements
    for counted in movements.values():
        first, new, recovered, lost, closing, _ = counted
        assert first + new + recovered - lost == closing
    (months,) = house.query("select sum(net_revenue) from int_retention__customer_months")
    (stages,) = house.query("select sum(net_revenue) from lifecycle_stage_totals")
    assert months == stages
    (bad,) = house.query(
        "select count(*) from lifecycle_transitions where not transition_rate between 0 and 1"
    )
    assert bad == (0,)

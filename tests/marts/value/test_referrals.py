"""Networks of referrals: against sums that walk the chains one by one, and at the size of a firm."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from random import Random

import pytest

from evergreen.warehouse.connections import Warehouse
from marts.value.forest import Brought, Forest, Referral

MONTHS = [date(2024, month, 1) for month in (1, 2, 3)]


@pytest.fixture
def forest(warehouse: Warehouse, tmp_path: Path) -> Forest:
    """No referrals yet."""
    return Forest(warehouse, tmp_path)


def test_networks_are_what_walking_up_every_chain_finds(forest: Forest) -> None:
    random = Random(5)
    customers = [f"c{number:03}" for number in range(300)]
    named = {customer: drawn_referrer(random, customers, place) for place, customer in enumerate(customers)}
    named |= {"c100": "c101", "c101": "c102", "c102": "c100", "c200": "c201", "c201": "c200"}
    brought = [(customer, random.choice(MONTHS), random.randrange(100)) for customer in customers]
    forest.build(named.items(), brought)

    problems = {customer: problem_of(customer, named) for customer in customers if named[customer]}
    assert dict(forest.query("select customer_id, problem from int_value__referrals")) == problems
    assert {"self_referral", "unknown_referrer", "cycle", None} <= set(problems.values())

    parents = {customer: named[customer] for customer, problem in problems.items() if problem is None}
    below: dict[str, set[str]] = defaultdict(set)
    depth: dict[str, int] = defaultdict(int)
    for customer in customers:
        for steps, ancestor in enumerate(ancestors(customer, parents), 1):
            below[ancestor].add(customer)
            depth[ancestor] = max(depth[ancestor], steps)
    expected = {(c, sum(parent == c for parent in parents.values()), len(below[c]), depth[c]) for c in below}
    found = forest.query(
        "select customer_id, direct_referrals, network_referrals, depth from int_value__referrers"
    )
    assert set(found) == expected
    assert max(depth.values()) >= 3

    sums: dict[tuple[str, date], int] = defaultdict(int)
    for customer, month, revenue in brought:
        for ancestor in ancestors(customer, parents):
            sums[ancestor, month] += revenue
    found = forest.query(
        "select customer_id, month, referral_revenue_network from int_value__referral_months"
    )
    assert {(customer, month): revenue for customer, month, revenue in found} == sums


def test_a_hundred_thousand_referrals_with_chains_of_a_thousand_take_ten_rounds(
    forest: Forest, record_property: Callable[[str, object], None]
) -> None:
    forest.build(chains(), brought_along())  # parses, and warms up
    begun = time.monotonic()
    forest.build(chains(), brought_along())
    record_property("seconds", time.monotonic() - begun)
    # what takes the time on any machine: leaps double, so a thousand steps are ten rounds, of at most a
    # row per customer each. One pair of customer and ancestor after the other would be 25 million rows
    rounds = forest.query(
        "select leap_round, count(*) from int_value__referral_leaps group by leap_round order by leap_round"
    )
    in_chains = [50 * (1001 - 2**leap) for leap in range(10)]
    assert rounds == [(0, 99_950), *((leap, in_chains[leap]) for leap in range(1, 10))]
    # 50 chains of 1,000 and 50,000 in stars of 10; nobody is credited twice, or forgotten
    assert forest.query("select count(*) from int_value__referrals where problem is null") == [(99_950,)]
    assert forest.query("select max(depth), count(*) from int_value__referrers") == [(1000, 50_000 + 4_995)]
    assert forest.query(
        "select distinct network_referrals, depth from int_value__referrers"
        " where customer_id like 'chain%:0000'"
    ) == [(1000, 1000)]
    # a customer at place n of a chain is credited to n above
    assert forest.query(
        "select sum(network_referrals) from int_value__referrers where customer_id like 'chain%'"
    ) == [(50 * 1000 * 1001 // 2,)]
    assert forest.query(
        "select sum(referral_net_income_network) from int_value__referral_months"
        " where customer_id = 'chain07:0000'"
    ) == [(1000 * 9,)]


def drawn_referrer(random: Random, customers: list[str], place: int) -> str | None:
    """Return mostly somebody before, so that chains are long; at times anybody, which makes circles."""
    kinds = ["nobody", "self", "stranger", "anybody", "anybody", *["before"] * 8]
    kind = random.choice(kinds) if place else "nobody"
    return {
        "nobody": None,
        "self": customers[place],
        "stranger": "a stranger",
        "anybody": random.choice(customers),
        "before": customers[random.randrange(max(0, place - 9), max(1, place))],
    }[kind]


def problem_of(customer: str, named: dict[str, str | None]) -> str | None:
    referrer = named[customer]
    if referrer == customer:
        return "self_referral"
    if referrer not in named:
        return "unknown_referrer"
    seen: list[str | None] = []
    at: str | None = referrer
    # nobody is above who names themselves: that referral does not count
    while at is not None and at in named and at not in seen and at != named[at]:
        seen.append(at)
        at = named[at]
    return "cycle" if customer in seen else None


def ancestors(customer: str, parents: dict[str, str | None]) -> Iterator[str]:
    at = parents.get(customer)
    while at is not None:
        yield at
        at = parents.get(at)


def chains() -> Iterator[Referral]:
    for chain in range(50):
        for place in range(1001):
            above = f"chain{chain:02}:{place - 1:04}" if place else None
            yield f"chain{chain:02}:{place:04}", above
    for star in range(4_995):
        yield f"star{star}", None
        for ray in range(10):
            yield f"star{star}:{ray}", f"star{star}"


def brought_along() -> Iterator[Brought]:
    for customer, referrer in chains():
        if referrer:
            yield customer, MONTHS[len(customer) % 3], 10

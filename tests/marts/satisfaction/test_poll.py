"""Answers and orders go in, worked examples come out: six cases, 4 of 100 who complain, who has no value."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from evergreen.warehouse.connections import Warehouse
from marts.satisfaction.poll import Poll

# What the one customer worth 600 does, and the two worth 200 each; then both indices, from 50.
CASES = {
    "I": (12, 6, "58", "59.6", False),
    "II": (-12, -6, "42", "40.4", False),
    "III": (18, -6, "52", "58.4", False),
    "IV": (12, -9, "48", "53.6", True),
    "V": (-18, 6, "48", "41.6", False),
    "VI": (-12, 9, "52", "46.4", True),
}
BEFORE, AFTER = date(2024, 2, 1), date(2024, 5, 1)


@pytest.fixture
def poll(warehouse: Warehouse, tmp_path: Path) -> Poll:
    made = Poll(warehouse, tmp_path / "dbt")
    made.prepare()
    return made


def test_worked_examples_come_out(poll: Poll) -> None:
    move_in_six_ways(poll)
    be_dissatisfied(poll)
    answer_in_all_ways(poll)
    poll.publish(date(2024, 12, 31), satisfaction_minimum_responses=1, satisfaction_high_value_share=0.34)

    found = poll.query(
        "select instrument, unweighted_score::text, value_weighted_score::text, trap_case, is_trap"
        f" from satisfaction_index where period = '2024-04-01' and instrument in {tuple(CASES)} order by 1"
    )
    assert found == [(case, u, w, case, trap) for case, (_, _, u, w, trap) in sorted(CASES.items())]

    [funnel] = poll.query(
        """
        select
            dissatisfied, complained, silent,
            resolved_kept + unresolved_kept, resolved_lost + unresolved_lost,
            silent_kept, silent_lost, lost_rate::text, lost_value::integer
        from complaint_funnel
        where period = '2023-01-01'
        """
    )
    assert funnel == (100, 4, 96, 3, 1, 5, 91, "0.92", 92 * 10)

    [told] = poll.query(
        """
        select responses, respondents, valued_respondents, unweighted_score::text, value_weighted_score::text
        from satisfaction_index
        where instrument = 'fates'
        """
    )
    assert told == (3, 3, 2, "50", "80")
    [weights] = poll.query(
        "select sum(weight)::integer, count(weight) from int_satisfaction__respondents"
        " where instrument = 'fates'"
    )
    assert weights == (2, 2)
    [answers] = poll.query("select count(*) from core.survey_answers where instrument = 'fates'")
    assert answers == (5,), "what enters no score is kept"


def move_in_six_ways(poll: Poll) -> None:
    """Three customers whose orders of the year give them their value; a questionnaire per case."""
    for customer, amount in (("A", 600), ("B", 200), ("C", 200)):
        poll.order(customer, date(2024, 1, 15), amount)
        for case, (high, others, *_) in CASES.items():
            poll.answer(case, customer, BEFORE, 50)
            poll.answer(case, customer, AFTER, 50 + (high if customer == "A" else others))


def be_dissatisfied(poll: Poll) -> None:
    """Of 100, 4 complain, of whom 1 is lost; of the 96 others 91 are."""
    for number in range(100):
        customer, complains = f"D{number:02}", number < 4
        is_kept = number in (1, 2, 3, 4, 5, 6, 7, 8)
        poll.order(customer, date(2023, 1, 10), 10)
        poll.answer("after_purchase", customer, date(2023, 2, 1), 10)
        if complains:
            poll.complain(customer, date(2023, 2, 3), settled_after=5 if is_kept else None)
        if is_kept:
            poll.order(customer, date(2023, 4, 10), 10)


def answer_in_all_ways(poll: Poll) -> None:
    """With and without orders, without a name, to an item nobody knows, off the scale, and not at all."""
    on = date(2023, 8, 1)
    poll.order("buyer", date(2023, 7, 1), 100)
    poll.order("silent buyer", date(2023, 7, 1), 100)
    poll.answer("fates", "buyer", on, 80)
    poll.answer("fates", "no buyer", on, 20)
    poll.answer("fates", None, on, 50)
    poll.answer("fates", "somebody", on, 50, item="nobody knows")
    poll.answer("fates", "somebody else", on, None)

"""What the tables show agrees with what is true."""

import numpy as np
import pandas as pd
import pytest

from evergreen.simulator.lives import History
from evergreen.simulator.presets import CDNOW_LIKE
from evergreen.simulator.truth import trap_cases
from simulator.simulated_shop import Folder


def test_nobody_orders_outside_of_a_life(reference: Folder) -> None:
    orders = reference["shop/orders"].dropna(subset=["customer_id"])
    lives = reference["truth/lives"]
    lives = lives.assign(until=lives["dropped_out_at"].fillna(pd.Timestamp("2100-01-01")))
    within = orders.merge(lives, on="customer_id").query("began_at <= ordered_at <= until")
    assert len(within) == len(orders)
    first = orders.groupby("customer_id")["ordered_at"].min()
    truth = reference["truth/customers"].set_index("customer_id")["first_order_at"]
    assert (first == truth.loc[first.index]).all()


def test_lives_do_not_overlap_and_begin_with_an_order(reference: Folder) -> None:
    lives = reference["truth/lives"].sort_values(["customer_id", "life"])
    again = lives[lives["life"] > 1]
    assert len(again) > 20
    before = lives.set_index(["customer_id", "life"])["dropped_out_at"]
    ended = before.loc[list(zip(again["customer_id"], again["life"] - 1, strict=True))].to_numpy()
    assert (again["began_at"].to_numpy() > ended).all()
    known = lives[lives["began_at"] < pd.Timestamp("2026-01-01")]
    orders = reference["shop/orders"]
    starts = set(zip(orders["customer_id"], orders["ordered_at"], strict=True))
    assert set(zip(known["customer_id"], known["began_at"], strict=True)) <= starts


@pytest.mark.parametrize("which", ["reference_history", "cdnow_like_history"])
def test_orders_come_at_the_true_rate(which: str, request: pytest.FixtureRequest) -> None:
    """By fifths of the true rate, valid orders per day of business alive are what the rate says."""
    history: History = request.getfixturevalue(which)
    lives, customers, purchases = history.lives, history.customers, history.purchases
    calendar = history.world.calendar
    until = np.where(np.isnan(lives.ended), calendar.all_days, lives.ended)
    business = calendar.business_by(until) - calendar.business_by(lives.began)
    alive = np.bincount(lives.customer, business, minlength=len(customers))
    touched = np.zeros(len(customers), dtype=bool)
    touched[history.members.customer[history.members.is_treated]] = history.world.preset.campaign_uplift > 0
    counted = ~purchases.is_cancelled & ~purchases.opens_life
    orders = np.bincount(purchases.customer[counted], minlength=len(customers))
    fifth = np.searchsorted(np.quantile(customers.order_rate, [0.2, 0.4, 0.6, 0.8]), customers.order_rate)
    for each in range(5):
        who = (fifth == each) & (alive > 0) & ~touched
        expected = (customers.order_rate * alive)[who].sum()
        assert abs(orders[who].sum() - expected) < 4 * np.sqrt(expected)


def test_cdnow_like_is_pareto_nbd(cdnow_like_history: History) -> None:
    """Rates and lifetimes have the moments of the published parameters (in weeks)."""
    customers = cdnow_like_history.customers
    weekly = customers.order_rate * 7
    assert weekly.mean() == pytest.approx(0.553 / 10.578, rel=0.06)
    assert (customers.dropout_rate * 7).mean() == pytest.approx(0.606 / 11.669, rel=0.06)
    lives = cdnow_like_history.lives
    assert (lives.number == 1).all()
    young = lives.began < 365
    age = np.where(np.isnan(lives.ended), 5000, lives.ended) - lives.began
    for weeks in (13, 52):
        survives = (11.669 / (11.669 + weeks)) ** 0.606
        assert (age[young] > weeks * 7).mean() == pytest.approx(survives, abs=0.025)
    assert CDNOW_LIKE.dissatisfaction_effect == 0


def _dropout_by_satisfaction(history: History) -> tuple[float, float]:
    """Dropouts per quarter alive, of the least and the most satisfied third of the quarter before.

    Customers are compared with others of a similar own dropout rate.
    """
    starts, lives = history.world.calendar.quarter_starts, history.lives
    felt, own = history.experiences.satisfaction, history.customers.dropout_rate
    middling = (own > np.quantile(own, 0.3)) & (own < np.quantile(own, 0.7))
    ends, exposed = np.zeros(3), np.zeros(3)
    for quarter in range(2, len(starts) - 1):
        begun = (lives.began < starts[quarter]) & ~(lives.ended < starts[quarter]) & middling[lives.customer]
        before = felt[lives.customer[begun], quarter - 1]
        third = np.searchsorted(np.quantile(felt[:, quarter - 1], [1 / 3, 2 / 3]), before)
        exposed += np.bincount(third, minlength=3)
        ends += np.bincount(third[lives.ended[begun] < starts[quarter + 1]], minlength=3)
    rates = ends / exposed
    return float(rates[0]), float(rates[2])


def test_dissatisfaction_raises_dropout(reference_history: History) -> None:
    low, high = _dropout_by_satisfaction(reference_history)
    assert low > 2 * high


def test_where_it_does_not_it_does_not(cdnow_like_history: History) -> None:
    low, high = _dropout_by_satisfaction(cdnow_like_history)
    assert low == pytest.approx(high, rel=0.25)


def test_bad_service_lowers_satisfaction(reference_history: History) -> None:
    purchases, starts = reference_history.purchases, reference_history.world.calendar.quarter_starts
    quarter = np.searchsorted(starts, purchases.at, side="right") - 1
    felt = reference_history.experiences.satisfaction[purchases.customer, quarter]
    late = purchases.late_days > 0
    settled, neglected = (
        purchases.complained & purchases.is_settled,
        purchases.complained & ~purchases.is_settled,
    )
    assert felt[late].mean() < felt[~late].mean() - 0.15
    assert felt[neglected].mean() < felt[settled].mean() - 0.3


def test_campaigns_work_as_much_as_the_truth_says(reference_history: History) -> None:
    """Orders of the treated over those of the holdout while campaigns run, against the mean true uplift."""
    programme, members = reference_history.world.programme, reference_history.members
    purchases = reference_history.purchases
    alive = reference_history.active_in_quarters()
    orders, people = np.zeros(2), np.zeros(2)
    uplift = []
    for campaign in np.flatnonzero(programme.uplift > 0):
        mine = members.campaign == campaign
        during = (purchases.at >= programme.starts[campaign]) & (purchases.at < programme.ends[campaign])
        counts = np.bincount(purchases.customer[during], minlength=len(reference_history.customers))
        for arm in (0, 1):
            who = members.customer[mine & (members.is_treated == bool(arm))]
            who = who[alive[who, programme.quarter[campaign]]]
            orders[arm] += counts[who].sum()
            people[arm] += len(who)
        uplift.extend([programme.uplift[campaign]] * int(mine.sum()))
    ratio = (orders[1] / people[1]) / (orders[0] / people[0])
    assert ratio - 1 == pytest.approx(np.mean(uplift), abs=4 * ratio * np.sqrt((1 / orders).sum()))
    share = members.is_treated.mean()
    assert share == pytest.approx(0.8, abs=0.01)


def test_the_shift_makes_a_trap_and_its_end_the_other(reference: Folder) -> None:
    quarters = reference["truth/quarters"].set_index("quarter")["trap_case"]
    assert quarters["2025-04-01"] == "IV"
    assert quarters["2025-07-01"] == "VI"


def test_the_six_cases() -> None:
    def case(high: float, others: float, share: float, weight: float) -> str | None:
        """Move the groups from 50; `share` of the heads and `weight` of the value are in the first one."""
        series = [np.array([50.0, 50.0 + move]) for move in (high, others)]
        plain = share * series[0] + (1 - share) * series[1]
        weighed = weight * series[0] + (1 - weight) * series[1]
        return trap_cases(plain, weighed, *series)[1]

    assert case(10, 5, 0.2, 0.5) == "I"
    assert case(-10, -5, 0.2, 0.5) == "II"
    assert case(20, -4, 0.2, 0.5) == "III"
    assert case(10, -5, 0.2, 0.5) == "IV"
    assert case(-20, 4, 0.2, 0.5) == "V"
    assert case(-10, 5, 0.2, 0.5) == "VI"
    assert case(10, -1, 0.2, 0.5) is None  # a group that hardly moved


def test_stages_can_be_told_from_orders(reference: Folder) -> None:
    """Silence beyond two true intervals marks most dropouts, and a stricter limit spares most active ones.

    A floor under issue 4's target, with the true interval in place of an estimated one.
    """
    today = pd.Timestamp("2026-01-01")
    orders = reference["shop/orders"].query("status != 'cancelled'")
    last = orders.groupby("customer_id")["ordered_at"].max()
    truth = reference["truth/customers"].set_index("customer_id").loc[last.index]
    silence = (today - last).dt.days / truth["interval_days"]
    lives = reference["truth/lives"].query("began_at < @today")
    latest = lives.sort_values("life").groupby("customer_id").tail(1).set_index("customer_id").loc[last.index]
    gone = latest["dropped_out_at"] < today - pd.to_timedelta(2 * truth["interval_days"], unit="D")
    alive = ~(latest["dropped_out_at"] < today)
    assert (silence[gone] > 1.7).mean() > 0.9
    assert (silence[alive] > 3.0).mean() < 0.1

"""The task between two builds: repeated, given up, with nothing to say, and with nothing to go on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pytest

from evergreen.errors import EvergreenError
from evergreen.orchestration.predictions import RULE, predict_candidate
from evergreen.valuation.history import History
from evergreen.valuation.selection import MODELS
from evergreen.warehouse.connections import Warehouse
from marts.prediction.shop import Shop, opened

TABLES = ("run", "fits", "segments", "holdout", "churn", "customers")
START = np.datetime64("2023-01-01")
AS_OF = date(2024, 12, 31)
CUSTOMERS = 1500


@pytest.fixture(scope="module")
def shop(session_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with opened(session_warehouse, tmp_path_factory.mktemp("prediction")) as made:
        yield made


def segment_of(number: int) -> str | None:
    """Return the segment of a customer: every tenth has none that is known, the first few a rare one."""
    if number % 10 == 0:
        return None
    return "rare" if number < 10 else ("occasional", "regular")[number % 2]


def lives(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return orders of customers who come, buy at rates of their own, and leave: customer, day, value.

    Those with an odd number buy five times as often.
    """
    rng = np.random.default_rng(seed)
    pace = np.where(np.arange(CUSTOMERS) % 2, 2.0, 0.4)
    first = rng.integers(0, 700, CUSTOMERS)
    life = np.minimum(rng.exponential(300.0, CUSTOMERS), 730 - first)
    count = rng.poisson(rng.gamma(1.0, 1.0 / 40.0, CUSTOMERS) * pace * life)
    owner = np.repeat(np.arange(CUSTOMERS), count)
    day = first[owner] + (rng.random(len(owner)) * life[owner]).astype(int)
    level = rng.gamma(4.0, 10.0, CUSTOMERS)
    customer = np.concatenate([np.arange(CUSTOMERS), owner])
    return (
        np.char.add("C", customer.astype(str)),
        START + np.concatenate([first, day]),
        np.round(rng.gamma(5.0, 0.2, len(customer)) * level[customer] + 1.0, 2),
    )


def test_what_is_repeated_or_given_up_leaves_one_truth(shop: Shop) -> None:
    shop.know({f"C{number}": segment_of(number) for number in range(CUSTOMERS)})
    shop.sell(*lives(1))
    assert shop.release(AS_OF, segment_repeaters=50) == {"models": 4, "customers": CUSTOMERS}
    customers_are_scored_by_their_segment(shop)
    first = {table: shop.rows(f"select * from predictions.{table} order by 1, 2") for table in TABLES[1:]}
    assert all(first.values())

    # the task runs again
    predict_candidate(shop.warehouse, shop.release_id)
    again = {table: shop.rows(f"select * from predictions.{table} order by 1, 2") for table in TABLES[1:]}
    assert again == first

    # the audit remembers both; the gate has one rule, and it holds
    assert len(shop.rows("select * from audit.value_model_runs")) == 8
    results = shop.rows(f"select passed, severity from audit.gate_results where rule = '{RULE}'")
    assert {(row["passed"], row["severity"]) for row in results} == {(True, "warning")}

    # the same orders in another order
    customer, day, value = lives(1)
    mixed = np.random.default_rng(2).permutation(len(customer))
    shop.sell(customer[mixed], day[mixed], value[mixed])
    shop.release(AS_OF, segment_repeaters=50)
    assert {
        table: shop.rows(f"select * from predictions.{table} order by 1, 2") for table in TABLES[1:]
    } == first

    # another build has begun: its candidate has no predictions yet, and nobody writes for the old one
    old = shop.release_id
    with shop.warehouse.connect("transformer") as connection:
        connection.execute("update audit.candidate set release_id = release_id + 1")
    assert shop.rows("select * from int_value__predictions") == []
    with pytest.raises(EvergreenError, match=f"candidate {old} was given up"):
        predict_candidate(shop.warehouse, old)


def customers_are_scored_by_their_segment(shop: Shop) -> None:
    """Hold what is predicted against the published parameters of who each customer is with."""
    segments = {row["segment"]: row for row in shop.rows("select * from value_model_segments")}
    [live] = shop.rows("select * from value_model_fits where is_selected and holdout_rank is not null")
    assert live["is_by_segment"]
    assert {name: row["is_selected"] for name, row in segments.items()} == {
        "occasional": True,
        "rare": False,
        "regular": True,
    }
    assert segments["rare"]["parameters"] is None
    for name in ("occasional", "regular"):
        assert segments[name]["model"] == live["model"]
        assert segments[name]["holdout_log_likelihood"] > segments[name]["holdout_log_likelihood_of_all"]

    rows = shop.rows(
        "select * from int_prediction__histories inner join predictions.customers using (customer_id)"
    )
    assert {row["segment"] for row in rows} == {"occasional", "rare", "regular", None}
    kind = next(kind for kind in MODELS if kind.name == live["model"])
    for row in rows:
        segment = segments.get(row["segment"], {})
        parameters = segment.get("live_parameters") or live["live_parameters"]
        model = kind(**{name: value["estimate"] for name, value in parameters.items()})
        history = History.of(row["frequency"], row["recency_days"] / 7.0, row["age_days"] / 7.0)
        year = model.expected_orders(history, 365.25 / 7.0)
        assert row["expected_orders_12m"] == pytest.approx(float(year[0]), rel=1e-3), row["segment"]


def test_predictions_worse_than_own_rates_do_not_go_live(shop: Shop) -> None:
    """Everyone orders at an interval of their own and nobody ever leaves: no model knows that."""
    interval = 7 + np.arange(CUSTOMERS) % 90
    first = np.arange(CUSTOMERS) % interval
    days = [np.arange(start, 731, step) for start, step in zip(first, interval, strict=True)]
    owner = np.repeat(np.arange(CUSTOMERS), [len(one) for one in days])
    shop.sell(owner, START + np.concatenate(days), np.full(len(owner), 10))
    assert shop.release(AS_OF)["customers"] == 0
    fits = shop.rows("select * from value_model_fits where holdout_rank is not null")
    assert fits
    assert not any(row["is_selected"] for row in fits)
    assert all(row["holdout_rmse"] > row["holdout_rmse_own_rate"] for row in fits)
    assert shop.rows("select * from int_value__predictions") == []
    assert shop.rows("select * from churn_calibration") == []
    [warning] = shop.rows(
        f"select * from audit.gate_results where rule = '{RULE}' and release_id = {shop.release_id}"
    )
    assert (warning["severity"], warning["passed"]) == ("warning", False)
    assert "each customer's own rate" in warning["message"]


def test_without_orders_everything_is_typed_and_empty(shop: Shop) -> None:
    shop.sell([], np.array([], dtype="datetime64[D]"), [])
    assert shop.release(AS_OF) == {"models": 0, "customers": 0}
    for mart in ("value_model_fits", "value_model_holdout", "churn_calibration", "int_value__predictions"):
        assert shop.rows(f"select * from {mart}") == []
    asked = f"select * from audit.gate_results where rule = '{RULE}' and release_id = {shop.release_id}"
    assert shop.rows(asked) == []  # nothing to warn of

"""The lives that customers of a simulated shop lead before the eyes of the warehouse, and the true ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from marts.lifecycle.lives import Complaint, Life, Notice, Order

CENTURY = 36_500  # days; some rates are next to nothing
ITEMS = Path(__file__).parents[3] / "dbt_project" / "seeds" / "survey_items.csv"


@dataclass(frozen=True)
class TrueLife:
    """From the first order to the dropout, if there is one yet; `interval` = 1 ÷ true order rate."""

    customer_id: str
    began_at: datetime
    dropped_out_at: datetime | None
    interval: timedelta


def observed(folder: Path) -> list[Life]:
    """Return what the shop and its surveys tell of each customer."""
    customers = pd.read_csv(folder / "shop" / "customers.csv", parse_dates=["registered_at"])
    lives = {
        row.customer_id: Life(row.customer_id, row.registered_at.to_pydatetime())
        for row in customers.itertuples()
    }
    orders = pd.read_csv(folder / "shop" / "orders.csv", parse_dates=["ordered_at"])
    lines = pd.read_csv(folder / "shop" / "order_lines.csv")
    amounts = (lines.line_amount - lines.discount_amount.fillna(0)).groupby(lines.order_id).sum()
    orders = orders[(orders.status != "cancelled") & orders.customer_id.notna()]
    for row in orders.itertuples():
        amount = Decimal(str(round(amounts.get(row.order_id, 0.0), 2)))
        lives[row.customer_id].orders.append(Order(row.ordered_at.to_pydatetime(), amount))
    contacts = pd.read_csv(
        folder / "shop" / "contacts.csv", parse_dates=["contacted_at", "resolved_at", "effective_at"]
    )
    for row in contacts[contacts.customer_id.notna()].itertuples():
        life, at = lives[row.customer_id], row.contacted_at.to_pydatetime()
        if row.kind == "termination_notice":
            life.notices.append(Notice(at, _moment(row.effective_at)))
        elif row.kind == "withdrawal":
            life.withdrawals.append(at)
        elif row.kind == "complaint":
            life.complaints.append(Complaint(at, _moment(row.resolved_at)))
    for row in _scores(folder / "surveys").itertuples():
        life = lives[row.customer_id]
        life.scores.append((row.submitted_at.to_pydatetime(), Decimal(str(round(row.score, 6)))))
    return [_known_by_its_first_event(life) for life in lives.values()]


def true(folder: Path) -> list[TrueLife]:
    """Return the true lives; who comes back after a dropout leads another one."""
    lives = pd.read_csv(folder / "truth" / "lives.csv", parse_dates=["began_at", "dropped_out_at"])
    customers = pd.read_csv(folder / "truth" / "customers.csv")
    return [
        TrueLife(
            row.customer_id,
            row.began_at.to_pydatetime(),
            _moment(row.dropped_out_at),
            timedelta(days=min(row.interval_days, CENTURY)),
        )
        for row in lives.merge(customers[["customer_id", "interval_days"]], on="customer_id").itertuples()
    ]


def _scores(surveys: Path) -> pd.DataFrame:
    """Return one row per response of a customer: satisfaction or recommendation, the lower, from 0 to 100."""
    responses = _delivered(surveys / "responses").drop_duplicates("response_id", keep="last")
    answers = _delivered(surveys / "answers").drop_duplicates(["response_id", "item_code"], keep="last")
    items = pd.read_csv(ITEMS)
    asked = items[items.item_role.isin(["overall", "recommendation"]) & ~items.is_reversed]
    told = responses[
        responses.customer_id.notna()
        & responses.submitted_at.notna()
        & (responses.respondent_role == "customer")
        & (responses.rated_company == "own")
    ]
    found = answers.merge(told, on="response_id").merge(asked, on=["instrument", "item_code"])
    found["submitted_at"] = pd.to_datetime(found.submitted_at)
    found["score"] = (
        100 * (pd.to_numeric(found.score) - found.scale_min) / (found.scale_max - found.scale_min)
    )
    response = ["response_id", "customer_id", "submitted_at"]
    means = found.groupby([*response, "item_role"], as_index=False).score.mean()
    return means.groupby(response, as_index=False).score.min()


def _delivered(folder: Path) -> pd.DataFrame:
    """Return all deliveries of a folder, the oldest first."""
    files = sorted(folder.iterdir(), key=lambda file: file.stem)
    frames = [pd.read_json(f, dtype=False) if f.suffix == ".json" else pd.read_csv(f) for f in files]
    return pd.concat(frames, ignore_index=True)


def _moment(value: Any) -> datetime | None:
    return None if pd.isna(value) else value.to_pydatetime()


def _known_by_its_first_event(life: Life) -> Life:
    events = (
        [o.at for o in life.orders] + [c.at for c in life.complaints] + [n.given_at for n in life.notices]
    )
    life.known_at = min([life.known_at, *events, *(at for at, _ in life.scores)])
    return life

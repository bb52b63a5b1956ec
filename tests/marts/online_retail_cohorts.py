"""Cohort retention of Online Retail a second time: in pandas, straight from the CSV files.

Nothing here is shared with the warehouse but the definitions. Money is counted in thousandths, as integers,
so both sides must agree to the last digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg

THOUSANDTHS = 1000
COUNTS = ["cohort_customers", "active_customers", "returned_customers", "orders"]
AMOUNTS = ["net_revenue", "cumulative_net_revenue", "refund_amount", "first_net_revenue", "kept_revenue"]
RATES = [
    "retention_rate",
    "unbounded_retention_rate",
    "gross_revenue_retention",
    "net_revenue_retention",
]


@dataclass(frozen=True)
class Totals:
    """What the firm took in, and whose it was, in thousandths."""

    firm: int
    cohorts: int
    unassigned: int
    guests: int


def read_lines(folder: Path) -> pd.DataFrame:
    """Return the lines that the gate lets pass, with `invoice`, `customer` (None = guest), `at`, `amount`."""
    days = [
        pd.read_csv(path, dtype=str, keep_default_na=False).drop_duplicates()
        for path in sorted(folder.glob("*.csv"))
    ]
    lines = pd.concat(days, ignore_index=True)
    quantity = lines["Quantity"].astype(int)
    price = (lines["UnitPrice"].astype(float) * THOUSANDTHS).round().astype(int)
    is_return = lines["InvoiceNo"].str.startswith("C")
    customer = lines["CustomerID"].str.removesuffix(".0")
    read = pd.DataFrame(
        {
            "invoice": lines["InvoiceNo"],
            "customer": customer.where(customer != "", None),
            "at": pd.to_datetime(lines["InvoiceDate"]),
            "amount": quantity * price,
            "is_return": is_return,
        }
    )
    return read[(price >= 0) & ((quantity >= 0) | is_return)]


def cohorts(folder: Path, as_of: pd.Timestamp) -> tuple[pd.DataFrame, Totals]:
    """Return the cohort table (months as `Period`, money in thousandths), and the firm's totals.

    Args:
        folder: the CSV files, one per day.
        as_of: the day at whose end the table holds.
    """
    lines = read_lines(folder)
    lines = lines[lines["at"] < as_of + pd.Timedelta(days=1)]
    invoices = lines.groupby("invoice").agg(
        customer=("customer", "first"),
        at=("at", "min"),
        amount=("amount", "sum"),
        back=("is_return", "first"),
    )
    known = invoices[invoices["customer"].notna()]
    sales, returns = known[~known["back"]], known[known["back"]]

    first = sales.groupby("customer")["at"].min()
    returned_after = returns["at"] >= returns["customer"].map(first)
    assigned = pd.concat([sales, returns[returned_after]])
    assigned = assigned.assign(month=assigned["at"].dt.to_period("M"))

    guests = invoices.loc[invoices["customer"].isna(), "amount"].sum()
    totals = Totals(
        firm=int(invoices["amount"].sum()),
        cohorts=int(assigned["amount"].sum()),
        unassigned=int(returns.loc[~returned_after, "amount"].sum()),
        guests=int(guests),
    )
    return _table(assigned, first.dt.to_period("M"), as_of.to_period("M")), totals


def _table(assigned: pd.DataFrame, cohort: pd.Series[Any], last: pd.Period) -> pd.DataFrame:
    months = pd.period_range(cohort.min(), last, freq="M")

    def per_month(rows: pd.DataFrame, how: str) -> pd.DataFrame:
        grouped = rows.groupby(["customer", "month"])["amount"].agg(how).unstack("month")
        return grouped.reindex(index=cohort.index, columns=months).fillna(0).astype(int)

    orders = per_month(assigned[~assigned["back"]], "size")
    net = per_month(assigned, "sum")
    refunds = -per_month(assigned[assigned["back"]], "sum")
    back_later = orders.gt(0).iloc[:, ::-1].cummax(axis=1).iloc[:, ::-1]
    first_net = pd.Series({c: net.at[c, month] for c, month in cohort.items()})

    rows = []
    for begin in sorted(cohort.unique()):
        members = cohort.index[cohort == begin]
        running = 0
        for month in months[months >= begin]:
            of_month = net.loc[members, month]
            running += int(of_month.sum())
            rows.append(
                {
                    "cohort_month": begin,
                    "months_since_first": (month - begin).n,
                    "cohort_customers": len(members),
                    "active_customers": int((orders.loc[members, month] > 0).sum()),
                    "returned_customers": int(back_later.loc[members, month].sum()),
                    "orders": int(orders.loc[members, month].sum()),
                    "net_revenue": int(of_month.sum()),
                    "cumulative_net_revenue": running,
                    "refund_amount": int(refunds.loc[members, month].sum()),
                    "first_net_revenue": int(first_net[members].sum()),
                    "kept_revenue": int(of_month.clip(upper=first_net[members]).sum()),
                }
            )
    return pd.DataFrame(rows)


def compare_cohorts(
    connection: psycopg.Connection[Any], folder: Path, as_of: str = "2011-12-09", schema: str = "marts"
) -> pd.DataFrame:
    """Assert that the mart `cohort_retention` says what pandas says of the files; return the mart.

    Args:
        connection: of whoever may read the marts.
        folder: the CSV files that were loaded, one per day.
        as_of: the as-of date of the release.
        schema: where the mart is.
    """
    day = pd.Timestamp(as_of)
    expected, totals = cohorts(folder, day)
    mart = _mart(connection, schema)
    assert list(mart["cohort_month"]) == list(expected["cohort_month"])
    assert list(mart["months_since_first"]) == list(expected["months_since_first"])
    for column in (*COUNTS, *AMOUNTS):
        differ = expected[column].ne(mart[column])
        assert not differ.any(), f"{column}:\n{mart[differ]}\nexpected\n{expected[differ]}"
    complete = (
        pd.PeriodIndex(expected["cohort_month"] + expected["months_since_first"]).end_time.date <= day.date()
    )
    assert list(mart["is_complete"]) == list(complete)
    _compare_rates(mart, expected, complete)
    assert int(mart["net_revenue"].sum()) == totals.cohorts
    assert totals.cohorts + totals.unassigned + totals.guests == totals.firm
    return mart


def _compare_rates(mart: pd.DataFrame, expected: pd.DataFrame, complete: Sequence[bool]) -> None:
    parts = ["active_customers", "returned_customers", "kept_revenue", "net_revenue"]
    wholes = ["cohort_customers", "cohort_customers", "first_net_revenue", "first_net_revenue"]
    for rate, part, whole in zip(RATES, parts, wholes, strict=True):
        wanted = (expected[part] / expected[whole]).where(pd.Series(complete))
        assert list(mart[rate].isna()) == list(wanted.isna()), rate
        assert (mart[rate].astype(float) - wanted).abs().max() < 1e-9, rate


def _mart(connection: psycopg.Connection[Any], schema: str) -> pd.DataFrame:
    columns = ["cohort_month", "months_since_first", *COUNTS, *AMOUNTS, "is_complete", *RATES]
    rows = connection.execute(
        f"select {', '.join(columns)} from {schema}.cohort_retention order by 1, 2"
    ).fetchall()
    mart = pd.DataFrame(rows, columns=columns)
    mart["cohort_month"] = pd.PeriodIndex(pd.to_datetime(mart["cohort_month"]), freq="M")
    for column in AMOUNTS:
        mart[column] = [int(value * THOUSANDTHS) for value in mart[column]]
    return mart

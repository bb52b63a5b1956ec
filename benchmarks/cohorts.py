"""Cohorts, recency and frequency, and value so far: our models beside a dbt package's way, and beside pandas.

    .venv/bin/python benchmarks/cohorts.py --customers 10000

Makes a home with a simulated shop (`shop.py`), builds its facts, and answers three questions from them, in
turns and several times:

- evergreen: the models that lead from the facts to the answer, as dbt builds them, indexes and statistics
  included; what dbt itself needs to start is left out;
- package: monthly cohorts as published packages of dbt models have them, written anew from their description:
  a row per customer and month since the first order, to which all orders are joined, summed up with windows;
- pandas: from the facts in a CSV file.

Each question is told alone, with everything it needs: our models for cohorts and value share tables,
which count twice here and are built once in a real build. Answers have to agree before a time counts. The
first round warms up. Results go to `benchmarks/results/cohorts_<customers>.json`, a Markdown table to the
terminal.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import build
import measuring
import numpy as np
import pandas as pd
import shop
from measuring import Cost

MODELS = {
    "cohorts": (
        *("int_retention__customer_days", "int_retention__customer_months", "int_customers__totalled"),
        *("cohort_retention_by_segment", "cohort_retention"),
    ),
    "recency and frequency": (
        *("int_retention__customer_days", "int_lifecycle__occasions", "int_prediction__histories"),
    ),
    "value so far": ("int_retention__customer_days", "int_customers__totalled"),
}
ANSWERS = {
    "cohorts": """
        select
            cohort_month, months_since_first, cohort_customers, active_customers, orders,
            net_revenue + refund_amount as sales
        from marts_candidate.cohort_retention
    """,
    "recency and frequency": """
        select customer_id, frequency, recency_days, age_days, valued_orders, mean_value
        from intermediate.int_prediction__histories
    """,
    "value so far": """
        select customer_id, count_orders, net_revenue, gross_margin
        from intermediate.int_customers__totalled
        where count_orders > 0
    """,
}
FACTS = {
    "orders": """
        select order_id, customer_id, ordered_on, gross_revenue - discount_amount as sales, cost_of_goods
        from core.orders where _to_release is null and customer_id is not null
    """,
    "refunds": """
        select customer_id, refund_amount
        from core.refunds where _to_release is null and customer_id is not null
    """,
}
PACKAGE = """
create table peers.customer_cohorts as
with orders as (
    select order_id, customer_id, ordered_on, gross_revenue - discount_amount as sales, count_lines
    from core.orders
    where _to_release is null and customer_id is not null
),

calendar as (
    select distinct cast(date_trunc('month', day) as date) as month
    from generate_series(
        (select min(ordered_on) from orders)::timestamp,
        (select as_of_date from audit.candidate)::timestamp,
        interval '1 day'
    ) as day
),

customers as (
    select customer_id, cast(date_trunc('month', min(ordered_on)) as date) as cohort_month
    from orders
    group by customer_id
),

spine as (
    select customers.customer_id, customers.cohort_month, calendar.month
    from customers
    inner join calendar on calendar.month >= customers.cohort_month
),

joined as (
    select
        spine.customer_id,
        spine.cohort_month,
        spine.month,
        count(orders.order_id) as orders,
        coalesce(sum(orders.sales), 0) as sales,
        coalesce(sum(orders.count_lines), 0) as lines
    from spine
    left join orders
        on orders.customer_id = spine.customer_id
        and cast(date_trunc('month', orders.ordered_on) as date) = spine.month
    group by spine.customer_id, spine.cohort_month, spine.month
)

select
    *,
    sum(orders) over so_far as orders_so_far,
    sum(sales) over so_far as sales_so_far,
    sum(lines) over so_far as lines_so_far,
    row_number() over so_far - 1 as months_since_first
from joined
window so_far as (
    partition by customer_id order by month rows between unbounded preceding and current row
)
"""
PACKAGE_ANSWER = """
create table peers.cohorts as
select
    cohort_month,
    months_since_first,
    count(*) as cohort_customers,
    count(*) filter (where orders > 0) as active_customers,
    sum(orders) as orders,
    sum(sales) as sales
from peers.customer_cohorts
group by cohort_month, months_since_first
"""
CENT = 0.005


class Evergreen:
    """Our models, built by dbt in the open candidate."""

    def __init__(self) -> None:
        from evergreen.warehouse.connections import Warehouse

        self._warehouse = Warehouse.open()

    def answer(self, question: str, cost: Cost) -> pd.DataFrame:
        """Build what leads to the answer, and return it."""
        from evergreen.orchestration import dbt
        from evergreen.orchestration.dbt_results import read_results
        from evergreen.publishing import candidate

        whole = Cost()
        call = dbt.Call(question, list(shop.SOURCES), MODELS[question], tests=False)
        with candidate.building(self._warehouse), measuring.database_watched(whole):
            dbt.build(self._warehouse, call)
        cost.seconds += sum(node["execution_time"] for node in read_results(dbt.target_folder()))
        cost.database_cpu_seconds += whole.database_cpu_seconds
        return frame(ANSWERS[question])


class Package:
    """A package's way to cohorts, on the same server."""

    def answer(self, _question: str, cost: Cost) -> pd.DataFrame:
        """Build the package's table and sum it up by cohort; return that."""
        from evergreen.warehouse.connections import Warehouse

        with Warehouse.open().connect("admin", autocommit=True) as connection:
            connection.execute("drop schema if exists peers cascade")
            connection.execute("create schema peers")
        with measuring.watched(cost), Warehouse.open().connect("admin", autocommit=True) as connection:
            connection.execute(PACKAGE)
            connection.execute(PACKAGE_ANSWER)
        return frame("select * from peers.cohorts")


class Pandas:
    """A script's way, from files."""

    def __init__(self, folder: Path) -> None:
        from evergreen.warehouse.connections import Warehouse

        self._paths = {name: folder / f"{name}.csv" for name in FACTS}
        with Warehouse.open().connect("admin") as connection:
            for name, query in FACTS.items():
                copied = f"copy ({query}) to stdout (format csv, header)"
                with self._paths[name].open("wb") as file, connection.cursor().copy(copied) as copy:
                    for block in copy:
                        file.write(block)
        self._as_of = pd.Timestamp(measuring.rows("select as_of_date from audit.candidate")[0][0])

    def answer(self, question: str, cost: Cost) -> pd.DataFrame:
        """Read what the question needs, and answer it."""
        answers: dict[str, Callable[[], pd.DataFrame]] = {
            "cohorts": self._cohorts,
            "recency and frequency": self._histories,
            "value so far": self._values,
        }
        began, cpu = time.perf_counter(), time.process_time()
        found = answers[question]()
        cost.seconds += time.perf_counter() - began
        cost.python_cpu_seconds += time.process_time() - cpu
        return found

    def _orders(self) -> pd.DataFrame:
        return pd.read_csv(self._paths["orders"], parse_dates=["ordered_on"])

    def _cohorts(self) -> pd.DataFrame:
        orders = self._orders()
        orders["month"] = orders["ordered_on"].dt.year * 12 + orders["ordered_on"].dt.month - 1
        orders["cohort"] = orders.groupby("customer_id")["month"].transform("min")
        orders["months_since_first"] = orders["month"] - orders["cohort"]
        active = orders.groupby(["cohort", "months_since_first"]).agg(
            active_customers=("customer_id", "nunique"), orders=("order_id", "count"), sales=("sales", "sum")
        )
        last = self._as_of.year * 12 + self._as_of.month - 1
        cohorts = active.index.get_level_values("cohort").unique()
        grid = pd.MultiIndex.from_tuples(
            [(cohort, age) for cohort in cohorts for age in range(last - cohort + 1)],
            names=active.index.names,
        )
        found = active.reindex(grid, fill_value=0).reset_index()
        first = active["active_customers"].xs(0, level="months_since_first")
        found["cohort_customers"] = found["cohort"].map(first)
        found["cohort_month"] = pd.to_datetime(
            {"year": found["cohort"] // 12, "month": found["cohort"] % 12 + 1, "day": 1}
        )
        return found.drop(columns="cohort")

    def _histories(self) -> pd.DataFrame:
        days = self._orders().groupby(["customer_id", "ordered_on"], as_index=False)["sales"].sum()
        known = days.groupby("customer_id")["ordered_on"].agg(["min", "max", "count"])
        valued = days[(days["sales"] > 0) & (days["ordered_on"] > days["customer_id"].map(known["min"]))]
        values = valued.groupby("customer_id")["sales"].agg(["count", "mean"]).reindex(known.index)
        return pd.DataFrame(
            {
                "frequency": known["count"] - 1,
                "recency_days": (known["max"] - known["min"]).dt.days,
                "age_days": (self._as_of - known["min"]).dt.days,
                "valued_orders": values["count"].fillna(0),
                "mean_value": values["mean"],
            }
        ).reset_index()

    def _values(self) -> pd.DataFrame:
        orders = self._orders().groupby("customer_id")[["sales", "cost_of_goods"]].sum()
        count = pd.read_csv(self._paths["orders"], usecols=["customer_id"])["customer_id"].value_counts()
        refunds = pd.read_csv(self._paths["refunds"]).groupby("customer_id")["refund_amount"].sum()
        net = orders["sales"] - refunds.reindex(orders.index, fill_value=0)
        return pd.DataFrame(
            {"count_orders": count, "net_revenue": net, "gross_margin": net - orders["cost_of_goods"]}
        ).reset_index(names="customer_id")


def frame(query: str) -> pd.DataFrame:
    """Return what the warehouse answers its administrator."""
    from evergreen.warehouse.connections import Warehouse

    with Warehouse.open().connect("admin") as connection:
        cursor = connection.execute(query)  # type: ignore[call-overload]
        return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description])


def agree(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Tell whether two answers have the same rows: keys and counts equal, amounts to the cent."""
    if len(one) != len(other):
        return False
    names = sorted(one.columns)
    keys = [name for name in names if name in ("customer_id", "cohort_month", "months_since_first")]
    pair = [
        found.assign(**{key: found[key].astype(str).str[:24] for key in keys if key != "months_since_first"})
        .sort_values(keys)
        .reset_index(drop=True)[names]
        for found in (one, other)
    ]
    return all(
        (pair[0][name] == pair[1][name]).all()
        if name in keys
        else np.allclose(pair[0][name].astype(float), pair[1][name].astype(float), atol=CENT, equal_nan=True)
        for name in names
    )


def in_turns(sides: dict[str, dict[str, Any]], repeat: int) -> dict[str, dict[str, list[Cost]]]:
    """Answer each question by each side in turn, `repeat` times after a round that warms up.

    Raises:
        AssertionError: two answers differ.
    """
    costs: dict[str, dict[str, list[Cost]]] = {}
    for number in range(repeat + 1):
        for question, answering in sides.items():
            found = {}
            for name, side in answering.items():
                cost = Cost()
                found[name] = side.answer(question, cost)
                print(f"{question}, {name}: {cost.seconds:.2f} s", flush=True)
                if number:
                    costs.setdefault(question, {}).setdefault(name, []).append(cost)
            for name, answer in found.items():
                assert agree(found["evergreen"], answer), f"{question}: {name} has another answer"
    return costs


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--home", type=Path, help="keep the home here, or use the one that is here")
    given = parser.parse_args()
    with measuring.home(given.home) as folder:
        size = shop.bring_in(given.customers)
        release_id = build.task("open_candidate", None, full_refresh=True)
        build.task("build_facts", release_id, full_refresh=True)
        figures: dict[str, Any] = {"machine": measuring.machine(), "shop": size, "questions": {}}
        ours, script = Evergreen(), Pandas(folder)
        sides: dict[str, dict[str, Any]] = {
            question: {"evergreen": ours, "pandas": script} for question in MODELS
        }
        sides["cohorts"]["package"] = Package()
        for question, costs in in_turns(sides, given.repeat).items():
            medians = {name: measuring.median(several) for name, several in costs.items()}
            figures["questions"][question] = {
                name: {
                    figure: value
                    for figure, value in cost.rounded(2).items()
                    if figure != "python_peak_megabytes"  # of this process, whichever side it was
                }
                | {
                    "times_ours": round(cost.seconds / medians["evergreen"].seconds, 2),
                    "seconds_of_each": [round(one.seconds, 2) for one in costs[name]],
                }
                for name, cost in medians.items()
            }
        measuring.keep(f"cohorts_{given.customers}", figures)
    print(
        measuring.table(
            ["question", "by", "seconds", "× ours", "CPU of Python", "CPU of Postgres"],
            [
                [
                    *(question, name, took["seconds"], took["times_ours"]),
                    *(took["python_cpu_seconds"], took["database_cpu_seconds"]),
                ]
                for question, answered in figures["questions"].items()
                for name, took in answered.items()
            ],
        )
    )


if __name__ == "__main__":
    main()

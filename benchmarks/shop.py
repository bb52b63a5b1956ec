"""A simulated shop of so many customers, brought into a home: what the other benchmarks build from.

    EVERGREEN_HOME=/var/tmp/million .venv/bin/python benchmarks/shop.py --customers 1000000

Three years of the preset `reference`: about twelve orders and 25 lines per customer, service contacts,
campaigns, costs and surveys. They are loaded as any source is: landed, gated, promoted. A home that has its
shop already is left as it is. The shop's own database and survey files stay, so that `evergreen run` lets it
live one more day, ten times; the truth and what would come later go: they take as much disk as the shop.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from functools import partial

import measuring
import psycopg

SOURCES = {"shop": "simulated", "survey": "simulated"}
DAYS_TO_COME = 10


def bring_in(customers: int, *, ask_all: bool = False) -> dict[str, int]:
    """Simulate the shop and load it, unless the home has one, of whatever size; return how large it is.

    In a process of its own: one that starts others lends them its peak of memory.

    Args:
        customers: how many the shop comes to have.
        ask_all: whether it asks as large a part of them as a small shop does; a large one asks fewer.
    """
    command = [sys.executable, __file__, "--customers", str(customers), *(["--ask-all"] if ask_all else [])]
    _, said = measuring.run(command)
    found: dict[str, int] = json.loads(said.strip().splitlines()[-1])
    return found


def _bring_in(customers: int, *, ask_all: bool) -> None:
    from evergreen.orchestration import simulated
    from evergreen.settings import activate, activation
    from evergreen.simulator import invitations
    from evergreen.simulator.shop import simulate_into
    from evergreen.warehouse import migrate
    from evergreen.warehouse.connections import Warehouse

    if activation():
        return
    warehouse = Warehouse.open()
    migrate.apply(warehouse)
    url = warehouse.database("shop")
    if ask_all:
        invitations.SMALL_SHOP = customers
    simulate_into(url, simulated.survey_folder(), customers=customers, replace=True)
    thin(url)
    load()
    activate(SOURCES)


def thin(url: str) -> None:
    """Forget the truth, and what happens in the shop at `url` after `DAYS_TO_COME` days."""
    from evergreen.simulator.database import FUTURE, connected
    from evergreen.simulator.tables import SHOP, SURVEYS, TRUTH

    with connected(url) as connection:
        connection.execute("update simulator.clock set last_day = today + %s", [DAYS_TO_COME])
        for table in (*SHOP, *SURVEYS):
            future = f"{FUTURE}{table.name}"
            connection.execute(
                f"create temporary table soon on commit drop as select * from {future}"
                " where updated_at < (select last_day + 1 from simulator.clock)"
            )
            connection.execute(f"truncate {future}")
            connection.execute(f"insert into {future} select * from soon")
            connection.execute("drop table soon")
        connection.execute(f"truncate {', '.join(f'simulator.{table.name}' for table in TRUTH)}")


def load() -> dict[str, float]:
    """Land, judge and promote what is pending; return rows received and seconds of each step."""
    from evergreen.loading import load as loading
    from evergreen.orchestration import simulated
    from evergreen.warehouse.connections import Warehouse

    done: dict[str, float] = {"rows": 0}
    for source, place in SOURCES.items():
        where = simulated.location(Warehouse.open(), source, place)
        steps: dict[str, Callable[[], dict[str, int]]] = {
            "land": partial(loading.land, source, where),
            "gate": partial(loading.gate, source),
            "promote": partial(loading.promote, source),
        }
        for name, step in steps.items():
            began = time.monotonic()
            rows = step().get("received_rows", 0)
            done["rows"] += rows
            done[f"{name}_{source}"] = round(time.monotonic() - began, 1)
        print(source, done, flush=True)
    return done


def one_more_day() -> None:
    """Let the shop live one more day."""
    from evergreen.orchestration import simulated
    from evergreen.warehouse.connections import Warehouse

    simulated.live_on(Warehouse.open(), list(SOURCES))


def size() -> dict[str, int]:
    """Return how large the shop is that the home has: customers, orders, answers, bytes as CSV."""
    from evergreen.orchestration import simulated
    from evergreen.simulator.tables import SHOP
    from evergreen.warehouse.connections import Warehouse

    with psycopg.connect(Warehouse.open().database("shop")) as connection:
        counts = {
            table: connection.execute(f"select count(*) from public.{table}").fetchone()[0]
            for table in ("customers", "orders", "order_lines")
        }
        written = 0
        for table in SHOP:
            with connection.cursor().copy(f"copy public.{table.name} to stdout (format csv, header)") as copy:
                written += sum(len(block) for block in copy)
    counts["answers"] = measuring.rows("select count(*) from raw.survey__answers")[0][0]
    surveys = [path for path in simulated.survey_folder().rglob("*") if path.is_file()]
    return counts | {"csv_bytes": written + sum(path.stat().st_size for path in surveys)}


def main() -> None:
    """Read the arguments, and make, load or age the shop."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--ask-all", action="store_true", help="ask as many of them as a small shop does")
    parser.add_argument("--load", action="store_true", help="load what is pending, nothing else")
    parser.add_argument("--one-more-day", action="store_true", help="let the shop live one more day")
    given = parser.parse_args()
    if given.one_more_day:
        one_more_day()
    elif given.load:
        print(json.dumps(load()))
    else:
        _bring_in(given.customers, ask_all=given.ask_all)
        print(json.dumps(size()))


if __name__ == "__main__":
    main()

"""A gated load beside the loaders that people would use instead, on the same files and the same server.

    uv sync --project benchmarks/peers --only-group loading
    .venv/bin/python benchmarks/loading.py --rows 1000000

Invoice lines are written as ten CSV files and loaded, in turns and several times, by

- evergreen: land, gate, promote, into an empty table; all that a load does is counted (ledger, rules,
  quarantine, hashes, pseudonyms, keys), only the import of Great Expectations is shown apart;
- copy: COPY of the same bytes into a typed table with its primary key, all files in one transaction;
- pandas: read_csv and to_sql into such a table (at most `--pandas-rows` rows: it takes minutes);
- dlt: Arrow tables, merged by the same key, loaded through CSV and COPY; in an environment of its own.

Before a time counts, the rows, the sum of their amounts and the distinct keys have to agree: what Evergreen
holds in quarantine counts with what it promoted. The first round warms up. Results go to
`benchmarks/results/loading_<rows>.json`, a Markdown table to the terminal.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import invoices
import measuring
import psycopg
from measuring import Cost

HERE = Path(__file__).parent
PEER = HERE / "peers" / ".venv" / "bin" / "python"
BLOCK_BYTES = 1 << 20
TABLE = """
create table {} (
    order_id text not null,
    product_code text not null,
    description text,
    quantity integer not null,
    ordered_at timestamptz not null,
    unit_price numeric not null,
    customer_id text,
    country text,
    line_number integer not null,
    primary key (order_id, line_number)
)
"""
COLUMNS = (
    *("order_id", "product_code", "description", "quantity", "ordered_at"),
    *("unit_price", "customer_id", "country", "line_number"),
)
ANSWER = """
select sum(lines), sum(amount)::text, count(*)
from (
    select count(*) as lines, sum(quantity * unit_price) as amount from {} group by order_id, line_number
) as by_key
"""
OURS = f"""(
    select order_id, line_number, quantity, unit_price
    from raw.{invoices.SOURCE}__lines where _superseded_in is null
    union all
    select
        line ->> 'order_id', (line ->> 'line_number')::integer,
        (line ->> 'quantity')::integer, (line ->> 'unit_price')::numeric
    from quarantine.rows cross join lateral cast(row_text as json) as line
) as lines"""

Answer = tuple[Any, ...]
Loader = Callable[[Cost], Answer]
"""Loads all files into an empty table, adds to the cost what that took, and says what is there."""


class Evergreen:
    """Our own load, with what each of its steps cost."""

    def __init__(self, files: Path) -> None:
        from evergreen.sources import registry
        from evergreen.warehouse.connections import Warehouse

        self._files, self._warehouse = files, Warehouse.open()
        self._source = registry.load(invoices.SOURCE)
        self.steps: list[dict[str, float]] = []
        self.quarantined = 0

    def __call__(self, cost: Cost) -> Answer:
        """Load as a `Loader`."""
        from evergreen.loading.gate import gate
        from evergreen.loading.landing import land
        from evergreen.loading.promotion import promote

        self._empty()
        seconds = {}
        with measuring.watched(cost):
            for step, arguments in ((land, (str(self._files),)), (gate, ()), (promote, ())):
                began = time.perf_counter()
                done = step(self._warehouse, self._source, *arguments)  # type: ignore[operator]
                seconds[step.__name__] = time.perf_counter() - began
        self.steps.append(seconds)
        self.quarantined = done.quarantined_rows
        return measuring.rows(ANSWER.format(OURS))[0]

    def _empty(self) -> None:
        from evergreen.removal import loaded

        with self._warehouse.connect("admin") as connection:
            held = loaded.find(connection, invoices.SOURCE, ["lines"])
        loaded.forget(self._warehouse, held)


def by_copy(files: Path, url: str) -> Loader:
    """Return what loads by COPY alone."""

    def load(cost: Cost) -> Answer:
        _make_empty(url, "copied")
        with measuring.watched(cost), psycopg.connect(url) as connection:
            # emptied in the same transaction, it needs no log of its own, as our table while it is filled
            connection.execute("truncate copied")
            for path in sorted(files.iterdir()):
                with (
                    path.open("rb") as file,
                    connection.cursor().copy("copy copied from stdin (format csv, header)") as copy,
                ):
                    while block := file.read(BLOCK_BYTES):
                        copy.write(block)
        return _answer(url, "copied")

    return load


def by_pandas(files: Path, url: str) -> Loader:
    """Return what loads by pandas."""
    import pandas as pd
    import sqlalchemy

    engine = sqlalchemy.create_engine(
        url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sqlalchemy.NullPool
    )
    texts = {"StockCode": str, "CustomerID": str}

    def load(cost: Cost) -> Answer:
        _make_empty(url, "from_pandas")
        with measuring.watched(cost), engine.begin() as connection:
            for path in sorted(files.iterdir()):
                lines = pd.read_csv(path, dtype=texts, parse_dates=["InvoiceDate"])
                lines.columns = list(COLUMNS)
                lines.to_sql("from_pandas", connection, if_exists="append", index=False, chunksize=10_000)
        return _answer(url, "from_pandas")

    return load


def by_dlt(files: Path, url: str, peer: Path) -> Loader:
    """Return what loads by dlt, in a process of its own, whose imports do not count."""
    command = [str(peer), str(HERE / "peers" / "dlt_load.py"), str(files), *COLUMNS]
    settings = {
        "DESTINATION__POSTGRES__CREDENTIALS": url,
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
    }

    def load(cost: Cost) -> Answer:
        with psycopg.connect(url) as connection:
            for schema in ("dlt_peer", "dlt_peer_staging"):
                connection.execute(f"drop schema if exists {schema} cascade")
        whole = Cost()
        with measuring.database_watched(whole):
            done = subprocess.run(
                command, env=os.environ | settings, stdout=subprocess.PIPE, text=True, check=True
            )
        took = json.loads(done.stdout.strip().splitlines()[-1])
        cost.seconds += took["seconds"]
        cost.python_cpu_seconds += took["cpu_seconds"]
        cost.database_cpu_seconds += whole.database_cpu_seconds
        return _answer(url, "dlt_peer.lines")

    return load


def _make_empty(url: str, table: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(f"drop table if exists {table}")
        connection.execute(TABLE.format(table))


def _answer(url: str, table: str) -> Answer:
    with psycopg.connect(url) as connection:
        found = connection.execute(ANSWER.format(table)).fetchone()
    assert found
    return found


def in_turns(loaders: dict[str, Loader], repeat: int) -> Iterator[tuple[str, Cost]]:
    """Load by each in turn, `repeat` times after a round that warms up; yield what each load cost.

    Raises:
        AssertionError: two of them have loaded different things.
    """
    for number in range(repeat + 1):
        answers = {}
        for name, load in loaders.items():
            cost = Cost()
            answers[name] = load(cost)
            print(f"{name}: {cost.seconds:.2f} s", flush=True)
            if number:
                yield name, cost
        assert len(set(answers.values())) == 1, answers


def compare(folder: Path, rows: int, repeat: int, wanted: dict[str, Callable[..., Loader]]) -> dict[str, Any]:
    """Load `rows` lines by all that are wanted; return the medians."""
    from evergreen.warehouse.connections import Warehouse

    files = folder / f"files_{rows}"
    files.mkdir()
    invoices.write(files, rows, 10, numbered=True)
    url = Warehouse.open().database("peers")
    ours = Evergreen(files)
    loaders: dict[str, Loader] = {"evergreen": ours} | {
        name: make(files, url) for name, make in wanted.items()
    }
    costs: dict[str, list[Cost]] = {name: [] for name in loaders}
    for name, cost in in_turns(loaders, repeat):
        costs[name].append(cost)
    medians = {name: measuring.median(all_of) for name, all_of in costs.items()}
    return {
        "rows": rows,
        "bytes": sum(path.stat().st_size for path in files.iterdir()),
        "quarantined_rows": ours.quarantined,
        "loaders": {
            name: cost.rounded(2)
            | {
                "rows_per_second": round(rows / cost.seconds),
                "against_copy": round(medians["copy"].seconds / cost.seconds, 3),
                "seconds_of_each": [round(one.seconds, 2) for one in costs[name]],
            }
            for name, cost in medians.items()
        },
        "steps": {
            step: round(statistics.median(one[step] for one in ours.steps[1:]), 2) for step in ours.steps[0]
        },
    }


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--pandas-rows", type=int, default=100_000)
    parser.add_argument("--peer", type=Path, default=PEER, help="interpreter of benchmarks/peers")
    parser.add_argument("--without", nargs="+", default=[], choices=["pandas", "dlt"])
    given = parser.parse_args()
    with measuring.home() as folder:
        os.environ["EVERGREEN_PROJECT"] = str(invoices.numbered_project(folder / "project"))
        from evergreen.settings import reset
        from evergreen.warehouse import migrate
        from evergreen.warehouse.connections import Warehouse

        reset()
        migrate.apply(Warehouse.open())
        found: dict[str, Any] = {"machine": measuring.machine()}
        found["import_seconds"] = round(measuring.import_judge(), 1)
        wanted: dict[str, Callable[..., Loader]] = {"copy": by_copy}
        if "dlt" not in given.without:
            wanted["dlt"] = lambda files, url: by_dlt(files, url, given.peer)
        if "pandas" not in given.without and given.rows <= given.pandas_rows:
            wanted["pandas"] = by_pandas
        found |= compare(folder, given.rows, given.repeat, wanted)
        measuring.keep(f"loading_{given.rows}", found)
    print(
        measuring.table(
            ["loader", "seconds", "rows per second", "against COPY", "CPU of Python", "CPU of Postgres"],
            [
                [name]
                + [
                    took[figure]
                    for figure in (
                        *("seconds", "rows_per_second", "against_copy"),
                        *("python_cpu_seconds", "database_cpu_seconds"),
                    )
                ]
                for name, took in found["loaders"].items()
            ],
        )
    )
    print(found["steps"])


if __name__ == "__main__":
    main()

"""The gate over a million landed rows: what it takes beyond the import of Great Expectations.

    .venv/bin/python benchmarks/gate.py --rows 1000000 --repeat 5

Makes a home of its own below a temporary folder, writes invoice lines like those of Online Retail (1 % of
them exact copies, a few that break a rule), lands them with the project's own definition, and gates the
landed batches again and again with the project's own suite, in a process that has imported Great
Expectations. Results go to `benchmarks/results/gate_<rows>.json`, a line of Markdown to the terminal.
"""

from __future__ import annotations

import argparse
from typing import Any

import invoices
import measuring


def measure(repeat: int) -> dict[str, Any]:
    """Gate what has landed, `repeat` times after a first one; return what it took."""
    from evergreen.loading.gate import gate
    from evergreen.sources import registry
    from evergreen.warehouse.connections import Warehouse

    import_seconds = measuring.import_judge()
    warehouse, source = Warehouse.open(), registry.load(invoices.SOURCE)
    costs = []
    for _ in range(repeat + 1):
        with warehouse.connect("loader") as connection:
            connection.execute("update audit.load_batches set status = 'landed' where status = 'gated'")
        cost = measuring.Cost()
        with measuring.watched(cost):
            done = gate(warehouse, source)
        costs.append(cost)
    return {
        "rows": done.rows,
        "batches": done.batches,
        "failing_rows": done.failing_rows,
        "median": measuring.median(costs[1:]).rounded(2),
        "seconds_of_each": [round(cost.seconds, 2) for cost in costs],
        "import_seconds": round(import_seconds, 1),
    }


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=10)
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    with measuring.home() as folder:
        from evergreen.loading.landing import land
        from evergreen.sources import registry
        from evergreen.warehouse import migrate
        from evergreen.warehouse.connections import Warehouse

        files = folder / "files"
        files.mkdir()
        invoices.write(files, given.rows, given.files)
        warehouse = Warehouse.open()
        migrate.apply(warehouse)
        land(warehouse, registry.load(invoices.SOURCE), str(files))
        found = {"machine": measuring.machine()} | measure(given.repeat)
        measuring.keep(f"gate_{given.rows}", found)
    took = found["median"]
    print(
        measuring.table(
            ["rows", "batches", "seconds", "CPU of Python", "CPU of Postgres", "import, seconds"],
            [
                [
                    *(found["rows"], found["batches"], took["seconds"]),
                    *(took["python_cpu_seconds"], took["database_cpu_seconds"], found["import_seconds"]),
                ]
            ],
        )
    )


if __name__ == "__main__":
    main()

"""The gate over a million landed rows: what it takes beyond the import of Great Expectations.

    .venv/bin/python benchmarks/gate.py --rows 1000000 --repeat 5

Makes a home of its own below a temporary folder, writes invoice lines like those of Online Retail (1 % of
them exact copies, a few that break a rule), lands them with the project's own definition, and gates the
landed batches again and again with the project's own suite, in a process that has imported Great
Expectations. CPU seconds are those of that process and of the server's. Prints a JSON object and a line of
Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import measuring
import numpy as np

SOURCE = "online_retail"
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
FIRST_DAY = date(2011, 1, 1)
COUNTRIES = np.array(["United Kingdom", "Germany", "France", "EIRE", "Spain"])


def write(folder: Path, rows: int, files: int, seed: int = 3) -> None:
    """Write `rows` invoice lines into `files` files, one per day."""
    rng = np.random.default_rng(seed)
    share = np.diff(np.linspace(0, rows, files + 1).astype(int))
    for number, count in enumerate(share):
        day = FIRST_DAY + timedelta(days=number)
        invoice = np.sort(rng.integers(0, max(1, count // 20), count)) + 536_365 + number * 10_000
        is_return = invoice % 50 == 0
        quantity = np.where(is_return, -1, 1) * rng.integers(1, 40, count)
        quantity[rng.random(count) < 0.002] *= -1
        product, price = rng.integers(10_000, 90_000, count), rng.integers(10, 2_000, count) / 100
        customer = 12_346 + invoice % 5_000
        lines = [
            f"{'C' if back else ''}{no},{code},A PRETTY THING NO {code},{pieces},{day} 10:{no % 60:02}:00,"
            f"{pays},{'' if no % 4 == 0 else f'{who}.0'},{land}\n"
            for no, back, code, pieces, pays, who, land in zip(
                *(column.tolist() for column in (invoice, is_return, product, quantity, price, customer)),
                COUNTRIES[invoice % len(COUNTRIES)].tolist(),
                strict=True,
            )
        ]
        for at in range(100, count, 100):
            lines[at] = lines[at - 1]
        (folder / f"{day}.csv").write_text(HEADER + "".join(lines), encoding="utf-8")


def measure(repeat: int) -> None:
    """Gate what has landed, `repeat` times, and print what it took."""
    from evergreen.loading.gate import gate
    from evergreen.sources import registry
    from evergreen.warehouse import server
    from evergreen.warehouse.connections import Warehouse

    began = time.perf_counter()
    import great_expectations  # noqa: F401

    imported = time.perf_counter() - began
    warehouse, source = Warehouse.open(), registry.load(SOURCE)
    running = server.info()
    assert running
    runs = []
    for _ in range(repeat):
        with warehouse.connect("loader") as connection:
            connection.execute("update audit.load_batches set status = 'landed' where status = 'gated'")
        began, own, theirs = time.perf_counter(), time.process_time(), _cpu_of_server(running.pid)
        done = gate(warehouse, source)
        wall, own = time.perf_counter() - began, time.process_time() - own
        runs.append((wall, own, _cpu_of_server(running.pid) - theirs))
    wall, own, theirs = (round(statistics.median(column), 2) for column in zip(*runs, strict=True))
    print(
        json.dumps(
            {
                "rows": done.rows,
                "batches": done.batches,
                "failing_rows": done.failing_rows,
                "seconds": wall,
                "seconds_of_each": [round(run[0], 2) for run in runs],
                "cpu_seconds_python": own,
                "cpu_seconds_server": theirs,
                "import_seconds": round(imported, 2),
            }
        )
    )


def _cpu_of_server(postmaster: int) -> float:
    """Return the CPU seconds that the server's processes have used, those that are gone included."""
    total = 0.0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # after the name: 1 is the parent, 11 to 14 the times of the process and of its ended children
        if entry.name == str(postmaster):
            total += sum(map(int, fields[11:15]))
        elif fields[1] == str(postmaster):
            total += sum(map(int, fields[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=10)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure(given.repeat)
        return
    with measuring.home() as folder:
        from evergreen.loading.landing import land
        from evergreen.sources import registry
        from evergreen.warehouse.connections import Warehouse

        files = folder / "files"
        files.mkdir()
        write(files, given.rows, given.files)
        warehouse = Warehouse.open()
        warehouse.migrate()
        land(warehouse, registry.load(SOURCE), str(files))
        command = [sys.executable, __file__, "--measure", "--repeat", str(given.repeat)]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        found = json.loads(said.strip().splitlines()[-1]) | machine()
        print(json.dumps(found, indent=2))
        print(
            f"| {found['rows']:,} rows in {found['batches']} batches | {found['seconds']} s "
            f"| {found['cpu_seconds_python']} + {found['cpu_seconds_server']} CPU s | {found['machine']} |"
        )


def machine() -> dict[str, str]:
    """Say on what it was measured, and how busy that was."""
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return {"machine": f"{cores} cores, {platform.machine()}, {platform.system()}, load {load:.1f}"}


if __name__ == "__main__":
    main()

"""How long the dashboards' queries take: every chart's own SQL, as the reader, in a home of any size.

    .venv/bin/evergreen dashboards --check --queries build/dashboards.json      what Superset asks
    .venv/bin/python benchmarks/dashboards.py build/dashboards.json             in the home of EVERGREEN_HOME

Prints the median and the 95th percentile of each chart and of all, slowest first, and the tables of more than
SMALL rows that a query reads from beginning to end.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evergreen.warehouse.connections import Connection, Warehouse

ROUNDS = 20
SMALL = 10_000  # rows that any machine reads in a few milliseconds
GOAL = 0.2  # seconds, of the 95th percentile over all charts


@dataclass(frozen=True)
class Timed:
    """A chart's query: seconds of every round, and what it reads whole."""

    chart: str
    seconds: list[float]
    scanned: list[str]


def main(file: Path) -> int:
    """Time every query; return 1 if the 95th percentile of all is beyond the goal."""
    with Warehouse.borrowed() as warehouse, warehouse.connect("reader", autocommit=True) as connection:
        timed = [_timed(connection, chart, statement) for chart, statement in _statements(file)]
    for one in sorted(timed, key=lambda one: -_percentile(one.seconds)):
        median, high = statistics.median(one.seconds), _percentile(one.seconds)
        print(f"{median * 1000:8.1f} ms {high * 1000:8.1f} ms  {one.chart:60} {', '.join(one.scanned)}")
    everything = _percentile([seconds for one in timed for seconds in one.seconds])
    print(f"p95 of {len(timed)} queries × {ROUNDS}: {everything * 1000:.1f} ms (goal: {GOAL * 1000:.0f} ms)")
    return int(everything > GOAL)


def _statements(file: Path) -> Iterator[tuple[str, str]]:
    for dashboard, charts in json.loads(file.read_text(encoding="utf-8")).items():
        for chart, statements in charts.items():
            for statement in statements:
                yield f"{dashboard}: {chart}", statement


def _timed(connection: Connection, chart: str, statement: str) -> Timed:
    found = connection.execute(f"explain (analyze, format json) {statement}").fetchone()
    assert found
    scanned = sorted(set(_scans(found[0][0]["Plan"])))
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        connection.execute(statement).fetchall()
        seconds.append(time.perf_counter() - began)
    return Timed(chart, seconds, scanned)


def _scans(plan: dict[str, Any]) -> Iterator[str]:
    """Yield the large relations that a plan reads sequentially."""
    rows = plan["Actual Rows"] * plan["Actual Loops"] + plan.get("Rows Removed by Filter", 0)
    if plan["Node Type"] == "Seq Scan" and rows > SMALL:
        yield plan["Relation Name"]
    for below in plan.get("Plans", []):
        yield from _scans(below)


def _percentile(seconds: list[float]) -> float:
    return sorted(seconds)[int(0.95 * (len(seconds) - 1))]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("queries", type=Path, help="what `evergreen dashboards --check --queries` wrote")
    sys.exit(main(parser.parse_args().queries))

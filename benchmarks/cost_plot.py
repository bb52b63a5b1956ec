"""Draws docs/cost.svg: what a full build and a day cost at each size that was measured.

    .venv/bin/python benchmarks/cost_plot.py

Reads `benchmarks/results/build_*.json`. Shown are CPU seconds of Postgres and Python together: not every run
had the machine to itself. Both axes are logarithmic, so a straight grey line is "in proportion".
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import measuring

TARGET = Path(__file__).parents[1] / "docs" / "cost.svg"
WIDTH, HEIGHT, LEFT, TOP = 440, 300, 70, 40
COLOURS = {"full build": "#0b7a75", "a day after it": "#d17a22"}
Point = tuple[float, float]


def read() -> dict[str, list[Point]]:
    """Return customers and CPU seconds of each size, the smallest first: of full builds and of days."""
    points: dict[str, list[Point]] = {name: [] for name in COLOURS}
    for path in sorted(measuring.RESULTS.glob("build_*.json"), key=lambda path: int(path.stem.split("_")[1])):
        figures = json.loads(path.read_text())
        customers = float(figures["shop"]["customers"])
        full = [cpu(run["total"]) for run in figures["full"]]
        days = [cpu(day["total"]) + cpu(day["load"]) for day in figures["days"]]
        for name, costs in zip(COLOURS, (full, days), strict=True):
            if costs:
                points[name].append((customers, statistics.median(costs)))
    return points


def cpu(cost: dict[str, Any]) -> float:
    """Return the CPU seconds of both."""
    return float(cost["python_cpu_seconds"] + cost["database_cpu_seconds"])


def scale(values: list[float], length: float) -> tuple[Callable[[float], float], list[float]]:
    """Return where on an axis of this length a value lies, and the powers of ten to mark."""
    first, last = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    span = max(last - first, 1)
    return (
        lambda value: round(length * (math.log10(value) - first) / span, 1),
        [10.0**power for power in range(first, last + 1)],
    )


def draw(points: dict[str, list[Point]]) -> str:
    """Return the picture."""
    known = [point for line in points.values() for point in line]
    at_x, x_ticks = scale([x for x, _ in known], WIDTH)
    at_y, y_ticks = scale([y for _, y in known], HEIGHT)

    def place(point: Point) -> Point:
        return LEFT + at_x(point[0]), round(TOP + HEIGHT - at_y(point[1]), 1)

    def line(among: list[Point], style: str) -> str:
        path = " ".join(f"{x},{y}" for x, y in map(place, among))
        return f'<polyline points="{path}" fill="none" {style}/>'

    shown = [f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999999"/>']
    for tick in x_ticks:
        x, _ = place((tick, y_ticks[0]))
        shown.append(f'<text x="{x}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{tick:,.0f}</text>')
    for tick in y_ticks:
        _, y = place((x_ticks[0], tick))
        shown.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{tick:,.0f}</text>')
    for number, (name, colour) in enumerate(COLOURS.items()):
        among = points[name]
        first, last = among[0], among[-1][0]
        shown.append(line([first, (last, first[1] * last / first[0])], 'stroke="#bbbbbb"'))
        shown.append(line(among, f'stroke="{colour}"'))
        for point in among:
            x, y = place(point)
            shown.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>')
            shown.append(
                f'<text x="{x}" y="{y - 8 + 24 * number}" text-anchor="middle">{point[1]:,.0f}</text>'
            )
        shown.append(f'<text x="{LEFT + 12}" y="{TOP + 20 + 16 * number}" fill="{colour}">{name}</text>')
    shown.append(f'<text x="{LEFT + 12}" y="{TOP + 52}" fill="#999999">in proportion to customers</text>')
    shown.append(
        f'<text x="{LEFT + WIDTH / 2}" y="{TOP + HEIGHT + 40}" text-anchor="middle">customers</text>'
    )
    shown.append(f'<text x="{LEFT}" y="{TOP - 14}">CPU seconds, Postgres and Python</text>')
    body = "\n".join(shown)
    width, height = LEFT + WIDTH + 40, TOP + HEIGHT + 60
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


if __name__ == "__main__":
    TARGET.write_text(draw(read()), encoding="utf-8")

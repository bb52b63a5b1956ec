"""Draws docs/holdout.svg: what the models expected of the CDNOW 1/10 sample, and what came.

    .venv/bin/python benchmarks/holdout_plot.py <folder with cdnow_sample.csv.gz>

Calibration 1997-01-01 to 1997-09-30, holdout the 39 weeks after; the same figures are in tests/golden.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from evergreen.valuation.churn_report import ChurnReport
from evergreen.valuation.evaluation import FrequencyBins

TARGET = Path(__file__).parents[1] / "docs" / "holdout.svg"
CALIBRATION_END = np.datetime64("1997-09-30")
WEEKS = 39
CHURN_WEEKS = 90.0 / 7.0
NAMES = {"pareto_nbd": "Pareto/NBD", "bg_nbd": "BG/NBD", "modified_bg_nbd": "modified BG/NBD"}
COLOURS = {"actual": "#444444", "pareto_nbd": "#0b7a75", "bg_nbd": "#d17a22", "modified_bg_nbd": "#7b4ab5"}
WIDTH, HEIGHT, MARGIN, GAP = 340, 260, 46, 60

Points = Sequence[tuple[float, float]]


def read(folder: Path) -> tuple[list[tuple[str, FrequencyBins]], ChurnReport]:
    """Return the bins of the models, the best first, and the churn report of the best that may warn."""
    from evergreen.valuation.base import Holdout
    from evergreen.valuation.churn_report import report_churn
    from evergreen.valuation.customers import Customers
    from evergreen.valuation.occasions import Occasions
    from evergreen.valuation.selection import try_models

    with gzip.open(folder / "cdnow_sample.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    days = np.array([f"{d[:4]}-{d[4:6]}-{d[6:]}" for d in (row["date"] for row in rows)], "datetime64[D]")
    occasions = Occasions.of([int(row["sampleid"]) for row in rows], days)
    end = int(CALIBRATION_END.astype(int))
    customers = Customers.at(occasions, end)
    orders = occasions.count_between(customers.customer, end, end + 7 * WEEKS)
    trials = try_models(customers.history, orders, float(WEEKS))
    late = occasions.day > end
    wait = np.full(len(customers.customer), np.inf)
    place = np.searchsorted(customers.customer, occasions.customer[late])
    np.minimum.at(wait, place, (occasions.day[late] - end) / 7.0)
    holdout = Holdout(customers, np.zeros((len(wait), 0)), orders, wait, float(WEEKS))
    warning = next(trial.fit.model for trial in trials if trial.fit.model.name != "bg_nbd")
    churn = warning.probability_no_order(customers.history, holdout.within(CHURN_WEEKS))
    report = report_churn(warning.name, churn, holdout, CHURN_WEEKS)
    return [(t.fit.model.name, t.holdout.bins) for t in trials], report


def panel(left: int, title: str, axes: tuple[str, str], most: tuple[float, float], body: str) -> str:
    """Return a framed plot with labelled axes; `body` is drawn in its coordinates."""
    x_ticks = [most[0] * part / 7 for part in range(8)] if most[0] == 7 else [part / 5 for part in range(6)]
    y_ticks = range(int(most[1]) + 1) if most[1] > 1 else x_ticks
    shown = [
        f'<text x="{left + WIDTH / 2}" y="{MARGIN - 22}" text-anchor="middle" font-weight="600">'
        f"{title}</text>",
        f'<rect x="{left}" y="{MARGIN}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999999"/>',
        f'<text x="{left + WIDTH / 2}" y="{MARGIN + HEIGHT + 36}" text-anchor="middle">{axes[0]}</text>',
        f'<text transform="translate({left - 32} {MARGIN + HEIGHT / 2}) rotate(-90)" text-anchor="middle">'
        f"{axes[1]}</text>",
    ]
    for tick in x_ticks:
        label = f"{tick:.0f}{'+' if tick == most[0] else ''}" if most[0] > 1 else f"{tick:.1f}"
        x, _ = place(left, most, (tick, 0.0))
        shown.append(f'<text x="{x}" y="{MARGIN + HEIGHT + 16}" text-anchor="middle">{label}</text>')
    for tick in y_ticks:
        _, y = place(left, most, (0.0, tick))
        label = f"{tick:.0f}" if most[1] > 1 else f"{tick:.1f}"
        shown.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{label}</text>')
    return "\n".join([*shown, body])


def place(left: int, most: tuple[float, float], point: tuple[float, float]) -> tuple[float, float]:
    """Return where a point is drawn."""
    return (
        round(left + WIDTH * point[0] / most[0], 1),
        round(MARGIN + HEIGHT * (1.0 - point[1] / most[1]), 1),
    )


def line(left: int, most: tuple[float, float], points: Points, colour: str, dash: str = "") -> str:
    """Return a line with dots."""
    drawn = [place(left, most, point) for point in points]
    path = " ".join(f"{x},{y}" for x, y in drawn)
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in drawn)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-dasharray="{dash}"/>{dots}'


def legend(left: int, entries: Iterable[tuple[str, str]]) -> str:
    """Return coloured names in the upper left corner."""
    return "\n".join(
        f'<text x="{left + 12}" y="{MARGIN + 20 + 16 * number}" fill="{colour}">{name}</text>'
        for number, (name, colour) in enumerate(entries)
    )


def draw(models: list[tuple[str, FrequencyBins]], churn: ChurnReport) -> str:
    """Return the picture: orders by calibration frequency, and reliability of the churn probability."""
    first, second = MARGIN + 10, MARGIN + 10 + WIDTH + GAP + 20
    most = (7.0, 7.0)
    bins = models[0][1]
    lines = [line(first, most, list(zip(bins.frequency, bins.actual_mean, strict=True)), COLOURS["actual"])]
    for name, own in models:
        points = list(zip(own.frequency, own.predicted_mean, strict=True))
        lines.append(line(first, most, points, COLOURS[name], "5 3"))
    names = [("actual", COLOURS["actual"]), *((NAMES[name], COLOURS[name]) for name, _ in models)]
    axes = ("repeat orders in the calibration period", "orders in the holdout")
    left = panel(first, "Orders to come", axes, most, "\n".join([*lines, legend(first, names)]))
    unit = (1.0, 1.0)
    deciles = list(zip(churn.deciles.predicted_rate, churn.deciles.actual_rate, strict=True))
    colour = COLOURS[churn.model]
    body = line(second, unit, [(0.0, 0.0), (1.0, 1.0)], "#bbbbbb") + line(second, unit, deciles, colour)
    body += legend(second, [(f"{NAMES[churn.model]}, by decile", colour), ("as foretold", "#999999")])
    axes = ("foretold probability of no order in 90 days", "share that made none")
    right = panel(second, "Customers to lose", axes, unit, body)
    width, height = second + WIDTH + 20, HEIGHT + MARGIN + 50
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="12">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n{left}\n{right}\n</svg>\n'
    )


if __name__ == "__main__":
    TARGET.write_text(draw(*read(Path(sys.argv[1]))), encoding="utf-8")

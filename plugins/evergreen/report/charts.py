"""The kinds of chart in the report; each takes values and returns an SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evergreen.report.svg import Drawing
from evergreen.report.words import Both, Text, count, percent, short

WIDTH = 960.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 14.0, 14.0, 26.0


@dataclass(frozen=True)
class Series:
    """A part of a chart: what it is called, its colour, and a value for each place on the axis."""

    name: Both
    colour: str
    values: Sequence[float | None]


def legend(series: Sequence[Series]) -> str:
    """Return the names of the series beside their colours, as HTML."""
    items = "".join(
        f'<li><i style="background:var(--{one.colour})"></i>{one.name.html()}</li>' for one in series
    )
    return f'<ul class="legend">{items}</ul>'


def stacked(title: Both, places: Sequence[str], series: Sequence[Series], *, height: float = 280) -> str:
    """Draw a bar for each place, its parts one above the other; parts below zero hang from the axis."""
    ups = [sum(max(one.values[i] or 0, 0) for one in series) for i in range(len(places))]
    downs = [sum(min(one.values[i] or 0, 0) for one in series) for i in range(len(places))]
    drawing = Drawing(WIDTH, height, title)
    scale = _axis(drawing, min(0.0, *downs), max(1e-9, *ups), height)
    step = (WIDTH - _LEFT - _RIGHT) / len(places)
    for i, place in enumerate(places):
        up = down = 0.0
        for one in series:
            value = one.values[i] or 0
            start = up if value >= 0 else down
            top, bottom = scale(max(start, start + value)), scale(min(start, start + value))
            tip = f"{place} · {one.name}: {count(value)}"
            drawing.rect(_LEFT + i * step + step * 0.1, top, step * 0.8, bottom - top, one.colour, tip=tip)
            up, down = (up + value, down) if value >= 0 else (up, down + value)
    _label_places(drawing, places, step, height)
    return drawing.svg()


def lines(title: Both, places: Sequence[str], series: Sequence[Series], bounds: tuple[float, float]) -> str:
    """Draw a line for each series between fixed bounds; places without a value interrupt it."""
    height = 260.0
    drawing = Drawing(WIDTH, height, title)
    scale = _axis(drawing, *bounds, height)
    step = (WIDTH - _LEFT - _RIGHT) / len(places)
    for one in series:
        points: list[tuple[float, float]] = []
        for i, value in enumerate(one.values):
            if value is None:
                drawing.line(points, one.colour, width=2.5)
                points = []
                continue
            points.append((_LEFT + (i + 0.5) * step, scale(value)))
        drawing.line(points, one.colour, width=2.5)
        for i, value in enumerate(one.values):
            if value is not None:
                tip = f"{places[i]} · {one.name}: {value:.1f}"
                drawing.dot(_LEFT + (i + 0.5) * step, scale(value), one.colour, tip=tip)
    _label_places(drawing, places, step, height)
    return drawing.svg()


def ranked(
    title: Both,
    rows: Sequence[tuple[Text, Sequence[float]]],
    colours: Sequence[tuple[Both, str]],
    labels: Sequence[str],
) -> str:
    """Draw a horizontal bar for each row, its parts side by side, with a label at its end.

    Args:
        title: for screen readers.
        rows: name, and the length of each part.
        colours: name and colour of each part.
        labels: text at the end of each row.
    """
    band, left, right = 26.0, 210.0, 190.0
    drawing = Drawing(WIDTH, band * len(rows) + 4, title)
    longest = max((sum(parts) for _, parts in rows), default=0) or 1
    for i, (name, parts) in enumerate(rows):
        y = i * band
        drawing.text(left - 8, y + 17, name, anchor="end")
        x = left
        for value, (part, colour) in zip(parts, colours, strict=True):
            width = (WIDTH - left - right) * value / longest
            if width > 0:
                drawing.rect(
                    x, y + 4, max(width, 0.8), band - 8, colour, tip=f"{name} · {part}: {count(value)}"
                )
            x += width
        drawing.text(x + 8, y + 17, labels[i], colour="muted")
    return drawing.svg()


def heat_map(
    title: Both, rows: Sequence[tuple[str, str]], columns: int, rates: Mapping[tuple[int, int], float]
) -> str:
    """Draw a cell for each row and column from 1 on, darker where the rate is higher.

    Args:
        title: for screen readers.
        rows: name of each row, and a text beside it.
        columns: how many there are.
        rates: (row, column from 1) → rate; places without one stay empty.
    """
    band, left, top = 22.0, 150.0, 24.0
    drawing = Drawing(WIDTH, top + band * len(rows) + 4, title)
    cell = (WIDTH - left - 4) / max(columns, 1)
    darkest = max(rates.values(), default=0) or 1
    for column in range(1, columns + 1):
        drawing.text(left + (column - 0.5) * cell, 15, str(column), anchor="middle", colour="muted", size=11)
    for i, (name, beside) in enumerate(rows):
        y = top + i * band
        drawing.text(0, y + 15, name)
        drawing.text(left - 10, y + 15, beside, anchor="end", colour="muted")
        for column in range(1, columns + 1):
            rate = rates.get((i, column))
            if rate is None:
                continue
            depth = rate / darkest
            x = left + (column - 1) * cell
            tip = f"{name} +{column}: {percent(rate, 1)}"
            drawing.rect(x + 0.5, y + 0.5, cell - 1, band - 1, "accent", tip=tip, opacity=0.06 + 0.94 * depth)
            if cell > 26:
                on = "paper" if depth > 0.5 else "ink"
                text = f"{rate * 100:.0f}"
                drawing.text(x + cell / 2, y + 15, text, anchor="middle", colour=on, size=11)
    return drawing.svg()


@dataclass(frozen=True)
class Node:
    """A band at one side of a flow diagram."""

    key: str
    name: Both
    colour: str


def sankey(title: Both, nodes: Sequence[Node], flows: Mapping[tuple[str, str], float]) -> str:
    """Draw what flows from the nodes at the left to the same nodes at the right; widths are amounts.

    Amounts from what is no node stand at the right only. The picture is higher where many bands are thin.
    """
    room, margin, gap, bar = 400.0, 10.0, 12.0, 16.0
    left, right = 190.0, WIDTH - 190.0
    total = sum(flows.values()) or 1
    sides = [
        [(node, sum(v for key, v in flows.items() if key[side] == node.key)) for node in nodes]
        for side in (0, 1)
    ]
    shown = [[(node, amount) for node, amount in side if amount] for side in sides]
    room -= gap * max(len(side) - 1 for side in shown)
    bands: list[dict[str, tuple[float, float]]] = []  # of a side: node → middle, height
    height = 0.0
    for side in shown:
        bands.append({})
        y = margin
        for node, amount in side:
            tall = amount / total * room
            # two lines of text need their room also beside a thin band
            place = max(tall, 16)
            bands[-1][node.key] = y + place / 2, tall
            y += place + gap
        height = max(height, y - gap + margin)
    drawing = Drawing(WIDTH, height, title)
    for at, x, side, anchor, offset in (
        (bands[0], left, shown[0], "end", -8.0),
        (bands[1], right, shown[1], "start", bar + 8.0),
    ):
        for node, amount in side:
            middle, tall = at[node.key]
            seen = max(tall, 1)
            drawing.rect(x, middle - seen / 2, bar, seen, node.colour, tip=f"{node.name}: {count(amount)}")
            drawing.text(x + offset, middle - 1, node.name, anchor=anchor)
            drawing.text(x + offset, middle + 12, count(amount), anchor=anchor, colour="muted", size=11)
    starts = [{key: middle - tall / 2 for key, (middle, tall) in at.items()} for at in bands]
    for source in nodes:
        for target in nodes:
            amount = flows.get((source.key, target.key), 0)
            if amount:
                tall = amount / total * room
                y0, y1 = starts[0][source.key], starts[1][target.key]
                starts[0][source.key] += tall
                starts[1][target.key] += tall
                tip = f"{source.name} → {target.name}: {count(amount)}"
                drawing.area(_ribbon(left + bar, y0, right, y1, tall), source.colour, tip=tip, opacity=0.4)
    return drawing.svg()


def _ribbon(x0: float, y0: float, x1: float, y1: float, tall: float) -> str:
    middle, z0, z1 = (x0 + x1) / 2, y0 + tall, y1 + tall
    return (
        f"M{x0:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"
        f"V{z1:.1f}C{middle:.1f} {z1:.1f} {middle:.1f} {z0:.1f} {x0:.1f} {z0:.1f}Z"
    )


class _Scale:
    """From values to heights."""

    def __init__(self, low: float, high: float, height: float) -> None:
        self._low = low
        self._unit = (height - _TOP - _BOTTOM) / ((high - low) or 1)
        self._bottom = height - _BOTTOM

    def __call__(self, value: float) -> float:
        return self._bottom - (value - self._low) * self._unit


def _axis(drawing: Drawing, low: float, high: float, height: float) -> _Scale:
    """Draw lines at round values from `low` to beyond `high`."""
    raw = (high - low) / 4 or 1
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * nice for nice in (1, 2, 5, 10) if power * nice >= raw)
    first, last = math.floor(low / step), math.ceil(high / step)
    scale = _Scale(first * step, last * step, height)
    for number in range(first, last + 1):
        y = scale(number * step)
        drawing.line([(_LEFT, y), (WIDTH - _RIGHT, y)], "line" if number else "muted")
        drawing.text(_LEFT - 8, y + 4, short(number * step), anchor="end", colour="muted", size=11)
    return scale


def _label_places(drawing: Drawing, places: Sequence[str], step: float, height: float) -> None:
    """Write as many places below the axis as fit."""
    every = math.ceil(64 / step)
    for i in range(0, len(places), every):
        x = _LEFT + (i + 0.5) * step
        drawing.text(x, height - 8, places[i], anchor="middle", colour="muted", size=11)

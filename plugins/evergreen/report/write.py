"""Writing the report of the live release."""

from __future__ import annotations

import re
from pathlib import Path

from evergreen.appearing import appearing
from evergreen.errors import EvergreenError
from evergreen.report.figures import Figures, read_figures
from evergreen.report.page import Contents, page
from evergreen.report.sections import cards, sections
from evergreen.report.words import Both, count, percent
from evergreen.settings import settings
from evergreen.warehouse.connections import Warehouse

KEPT = 30
"""How many reports of earlier releases stay in the home."""


def write_report(warehouse: Warehouse, path: Path | None = None) -> Path:
    """Write the report about the live release; return where.

    Args:
        warehouse: whose marts are shown, as the reader sees them.
        path: the file to write; None = `reports/release-<number>.html` of the home.

    Raises:
        EvergreenError: nothing is published yet, or the file cannot be written.
    """
    figures = _published(warehouse)
    release = int(figures["release"][0]["release_id"])
    target = path or settings().home / "reports" / f"release-{release}.html"
    with appearing(target) as beside:
        beside.write_text(report(figures), encoding="utf-8")
    if path is None:
        _forget_old(target.parent)
    return target


def live_report(warehouse: Warehouse) -> str:
    """Return the page about the live release.

    Raises:
        EvergreenError: nothing is published yet.
    """
    return report(_published(warehouse))


def report(figures: Figures) -> str:
    """Return the page about a release from its figures."""
    [release] = figures["release"]
    notes = []
    if not figures["satisfaction"]:
        notes.append(
            Both(
                "No survey answers are there, so satisfaction is not shown.",
                "没有问卷数据，因此未显示满意度。",
            )
        )
    for costs in figures["costs"]:
        if costs["estimated"]:
            lines, estimated = count(costs["lines"]), count(costs["estimated"])
            share = percent(costs["estimated"] / costs["lines"], 1)
            notes.append(
                Both(
                    f"The cost of {estimated} of {lines} order lines ({share}) is not known. It is estimated "
                    "by default_margin_rate, and with it margins, profits and what is predicted of them.",
                    f"{lines} 条订单行中有 {estimated} 条（{share}）成本未知，按 default_margin_rate 估算；"
                    "毛利、利润及其预测因此也含估算。",
                )
            )
    if figures.slow:
        names = ", ".join(figures.slow)
        notes.append(Both(f"Left out, as it took too long: {names}.", f"因耗时过长而略去：{names}。"))
    contents = Contents(
        release=release["release_id"],
        as_of=release["as_of_date"],
        sources=list(release["active_sources"]),
        cards=cards(figures),
        sections=sections(figures),
        notes=notes,
    )
    return page(contents)


def _published(warehouse: Warehouse) -> Figures:
    figures = read_figures(warehouse)
    if not figures["release"]:
        raise EvergreenError(
            "nothing is published yet, so there is nothing to report: `evergreen run` publishes"
        )
    return figures


def _forget_old(folder: Path) -> None:
    def number(path: Path) -> int:
        return int(re.sub(r"\D", "", path.stem) or 0)

    for old in sorted(folder.glob("release-*.html"), key=number)[:-KEPT]:
        old.unlink(missing_ok=True)

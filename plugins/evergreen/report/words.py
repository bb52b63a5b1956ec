"""Texts in both languages of the report, and numbers as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape

Number = int | float | Decimal


@dataclass(frozen=True)
class Both:
    """A text in English and in Chinese."""

    en: str
    zh: str

    def html(self, tag: str = "span", attributes: str = "") -> str:
        """Return two elements, of which the page shows the one of the chosen language."""
        kept = f" {attributes}" if attributes else ""
        return "".join(
            f'<{tag} lang="{language}"{kept}>{escape(text)}</{tag}>'
            for language, text in (("en", self.en), ("zh", self.zh))
        )

    def __str__(self) -> str:
        return self.en if self.en == self.zh else f"{self.en} · {self.zh}"


Text = Both | str

STAGES: dict[str, Both] = {
    "prospecting": Both("prospecting", "潜在"),
    "socialization": Both("socialization", "适应"),
    "growth": Both("growth", "成长"),
    "maturity": Both("maturity", "成熟"),
    "danger": Both("danger", "危险"),
    "termination": Both("termination", "终止"),
    "interruption": Both("interruption", "中断"),
    "recovery": Both("recovery", "恢复"),
}
"""Stages of the customer lifecycle, in the order in which charts show them."""

BANDS: dict[str, Both] = {
    "high": Both("high risk", "高风险"),
    "medium": Both("medium risk", "中风险"),
    "low": Both("low risk", "低风险"),
    "unknown": Both("not predicted", "未预测"),
}
"""Bands of churn warnings, the most urgent first."""

OUTSIDE = ("prospecting", "interruption")
"""Stages of those who are no customers: not yet, or not any more."""


def stage(name: str) -> Both:
    """Return what a stage is called."""
    return STAGES.get(name, Both(name, name))


def count(value: Number | None) -> str:
    """Return a whole number with its thousands apart; `–` for none."""
    return "–" if value is None else f"{round(value):,}"


def short(value: Number | None) -> str:
    """Return a number in the room that an axis has: 1.2 M, 340 k."""
    if value is None:
        return "–"
    size = float(value)
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(size) >= limit:
            return f"{size / limit:.3g} {unit}"
    return f"{size:.3g}"


def percent(value: Number | None, digits: int = 0) -> str:
    """Return a rate (0 to 1) in percent; `–` for none."""
    return "–" if value is None else f"{float(value) * 100:.{digits}f} %"


def month(day: date) -> str:
    """Return the month of a day: 2026-03."""
    return f"{day:%Y-%m}"


def quarter(day: date) -> str:
    """Return the quarter of a day: 2026 Q1."""
    return f"{day.year} Q{(day.month + 2) // 3}"

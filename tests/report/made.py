"""Figures of a small firm, made by hand, such as `read_figures` returns them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from evergreen.report.figures import Figures

MONTHS = [date(2026, number, 1) for number in range(1, 7)]
ROWS: dict[str, list[dict[str, Any]]] = {
    "release": [
        {
            "release_id": 7,
            "as_of_date": date(2026, 6, 15),
            "published_at": datetime(2026, 6, 16, tzinfo=UTC),
            "active_sources": ["<shop>"],
        }
    ],
    "revenue": [
        {"month": month, "new": Decimal(100), "returning": Decimal(300), "is_complete": month.month < 6}
        for month in reversed(MONTHS)
    ],
    "movements": [
        {
            "month": MONTHS[4], "opening_customers": 40, "new_customers": 5, "recovered_customers": 1,
            "lost_customers": 2, "closing_customers": 44, "retention_rate": Decimal("0.95"),
        }
    ],
    "stages": [
        {"month": month, "stage": stage, "customers": customers}
        for month in MONTHS
        for stage, customers in {"prospecting": 9, "growth": 30, "danger": 10, "interruption": 6}.items()
    ],
    "flows": [
        {"month": MONTHS[4], "opening_stage": opening, "closing_stage": closing, "customers": customers}
        for opening, closing, customers in [
            ("prospecting", "prospecting", 9), ("prospecting", "socialization", 5), ("growth", "growth", 28),
            ("growth", "danger", 4), ("danger", "interruption", 2),
        ]
    ],
    "cohorts": [
        {
            "cohort_month": cohort, "months_since_first": since, "cohort_customers": 12,
            "retention_rate": Decimal(1) / (since + 1),
        }
        for cohort in MONTHS[:4]
        for since in range(1, 6 - cohort.month)
    ],
    "warnings": [
        {"band": "low", "customers": 6, "value_at_stake": 300.0},
        {"band": "high", "customers": 4, "value_at_stake": 1200.0},
    ],
    "concentration": [
        {"decile": decile, "customers": 5, "amount": Decimal(1000 // decile - 150), "measure": "profit"}
        for decile in range(1, 11)
    ],
    "satisfaction": [
        {
            "period": date(2026, 1, 1), "respondents": 80, "unweighted_score": 71.5,
            "value_weighted_score": 63.25, "is_trap": True, "is_trap_significant": False,
        },
        {
            "period": date(2025, 10, 1), "respondents": 70, "unweighted_score": 69.0,
            "value_weighted_score": None, "is_trap": False, "is_trap_significant": False,
        },
    ],
    "batches": [
        {
            "name": "<shop>.orders", "promoted": 900, "unchanged": 50, "quarantined": 40, "rejected": 10,
            "latest": datetime(2026, 6, 16, tzinfo=UTC),
        }
    ],
    "checks": [{"subject": "<shop>.orders", "rule": "a < b", "severity": "critical", "rows": 50}],
}  # fmt: skip


def figures(*, without: tuple[str, ...] = (), **instead: list[dict[str, Any]]) -> Figures:
    """Return the figures, some left out, some replaced."""
    return Figures({name: rows for name, rows in (ROWS | instead).items() if name not in without})

"""What the gates found, as one HTML page in the manner of the report, and with nobody's data in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape
from pathlib import Path

from evergreen.appearing import appearing
from evergreen.loading.findings import Finding, Findings, Held
from evergreen.report.page import POLICY, style

EXTRA = """
table { border-collapse: collapse; font-size: 14px; margin: 8px 0 16px }
th, td { text-align: left; vertical-align: top; padding: 4px 14px 4px 0 }
tr { border-bottom: 1px solid var(--line) }
td.number { text-align: right; font-variant-numeric: tabular-nums }
.critical td:first-child { color: var(--alarm); font-weight: 600 }
code { font-size: 13px }
"""


def gate_page(found: Findings, at: datetime) -> str:
    """Return the page; `at` is the moment it speaks of."""
    parts = [
        _part(
            "Rejected batches",
            "Deliver them corrected, or evergreen quarantine readmit or discard them.",
            ["batch", "table", "file or cursor", "why", "since"],
            [[*map(str, row[:4]), _day(row[4])] for row in found.rejections],
        ),
        _part(
            "In quarantine",
            "Shapes stand for values: x for a letter, 9 for a digit.",
            ["rule", "column", "rows", "batch", "file or cursor", "line and shape of some", "since"],
            map(_held, found.held),
        ),
        _part(
            "Waiting for their parents",
            "These rows are loaded, and count by themselves from when their parents come.",
            ["table", "column", "rows", "parent", "since"],
            [
                [f"{w.source}.{w.source_table}", w.column, w.rows, w.parent, _day(w.since)]
                for w in found.waiting
            ],
        ),
        _part(
            "Rules that did not hold",
            "In all batches that are on record, and in the last candidate for a release.",
            ["severity", "subject", "rule", "column", "rows", "batches", "since", "last", "remark"],
            map(_finding, found.findings),
        ),
    ]
    shown = [part for part in parts if part] or ["<p>Nothing: every rule held.</p>"]
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<link rel="icon" href="data:,">\n<title>Evergreen: what the gates found</title>',
            f"<style>\n{style()}{EXTRA}</style>\n</head>\n<body>\n<header><h1>What the gates found</h1>",
            f'<p class="muted">{at:%Y-%m-%d %H:%M} UTC</p></header>\n<main>',
            *shown,
            "</main>\n</body>\n</html>\n",
        ]
    )


def write_gate_page(found: Findings, at: datetime, path: Path) -> Path:
    """Write the page; return where.

    Raises:
        EvergreenError: it cannot be written.
    """
    with appearing(path) as beside:
        beside.write_text(gate_page(found, at), encoding="utf-8")
    return path


def _held(held: Held) -> list[object]:
    group = held.group
    examples = ", ".join(
        f"{e.line_number}: {e.shape}" if e.shape else str(e.line_number) for e in held.examples
    )
    table = f"{group.source}.{group.source_table}"
    rule = f"{group.rule} (whole batch)" if group.is_batch else group.rule
    return [
        rule, group.column_name, group.rows, group.batch_id, f"{table}, {group.file_or_cursor}",
        examples, _day(group.since),
    ]  # fmt: skip


def _finding(found: Finding) -> list[object]:
    last = f"{_day(found.last_at)}{', the last batch' if found.is_last else ''}"
    return [
        found.severity, found.subject, found.rule, found.column_name, found.rows, found.batches,
        _day(found.since), last, found.message,
    ]  # fmt: skip


def _part(title: str, says: str, headers: list[str], rows: Iterable[list[object]]) -> str:
    body = "\n".join(map(_row, rows))
    if not body:
        return ""
    head = "".join(f"<th>{escape(header)}</th>" for header in headers)
    return (
        f"<section>\n<h2>{escape(title)}</h2>\n<p>{escape(says)}</p>\n"
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</section>"
    )


def _row(values: list[object]) -> str:
    kind = ' class="critical"' if values[0] == "critical" else ""
    return f"<tr{kind}>{''.join(map(_cell, values))}</tr>"


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f'<td class="number">{value:,}</td>'
    return f"<td>{escape(str(value)) if value is not None else ''}</td>"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"

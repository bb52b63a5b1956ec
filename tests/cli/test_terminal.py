"""Progress as people see it."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from evergreen import progress
from evergreen.cli import terminal
from evergreen.cli.tables import aligned
from evergreen.cli.terminal import program
from evergreen.progress import Step


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def stream(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Where plain progress goes while the test lasts."""
    plain = io.StringIO()
    monkeypatch.setattr(progress, "_sink", terminal.sink_for(plain))
    return plain


def test_plain_lines_say_what_came_of_a_step(stream: io.StringIO) -> None:
    with progress.step("Landing shop.orders", total=2, unit="files") as step:
        step.advance(1, rows=1200)
        step.advance(1, rows=34)
        step.outcome = "1 rejected"
    progress.note("Done.")
    first, second = stream.getvalue().splitlines()
    assert first.startswith("Landing shop.orders: 1,234 rows, 2 files, 1 rejected, 0.")
    assert second == "Done."


@pytest.mark.parametrize(
    ("number", "unit", "shown"),
    [(1, "rows", "1 row"), (1, "batches", "1 batch"), (2, "batches", "2 batches"), (1, "bytes", "1 byte")],
)
def test_one_is_not_many(number: int, unit: str, shown: str) -> None:
    assert terminal.amount(number, unit) == shown


def test_a_failed_step_says_so(stream: io.StringIO) -> None:
    with pytest.raises(ValueError, match="no"), progress.step("Gating shop"):
        raise ValueError("no")
    assert stream.getvalue() == "Gating shop: failed\n"


def test_long_work_shows_a_sign_of_life(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "PLAIN_SECONDS", 0)
    with progress.step("Copying", total=4_000_000, unit="bytes") as step:
        step.advance(1_500_000)
    assert stream.getvalue().startswith("Copying: 1.5 MB of 4.0 MB, ")


def test_bars_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(progress, "_sink", terminal.sink_for(screen))
    with progress.step("Landing [shop]", total=3, unit="files") as step:
        step.advance(3, rows=7)
    with pytest.raises(ValueError, match="no"), progress.step("Gating"):
        raise ValueError("no")
    seen = screen.getvalue()
    assert "✓" in seen
    assert "Landing [shop]" in seen
    assert "7 rows, 3 files" in seen
    assert "✗" in seen


@pytest.mark.parametrize(
    ("done", "total", "seconds", "shown"),
    [
        (0, 100, 10.0, ""),
        (50, 100, 10.0, "50 of 100 files, 10.0 s left"),
        (50, None, 10.0, "50 files"),
        (1, 100, 10.0, "1 of 100 files"),  # too early to say
        (50, 100, 600.0, "50 of 100 files, 10 min 0 s left"),
        (50, 100, 36_000.0, "50 of 100 files, 10 h 0 min left"),
    ],
)
def test_remaining_time(
    monkeypatch: pytest.MonkeyPatch, done: int, total: int | None, seconds: float, shown: str
) -> None:
    monkeypatch.setattr(Step, "seconds", seconds)
    assert terminal.pace_of(Step("x", total=total, unit="files", done=done)) == shown


@pytest.mark.parametrize(
    ("number", "unit", "shown"),
    [(999, "bytes", "999 B"), (1000, "bytes", "1.0 kB"), (2_500_000_000, "bytes", "2.5 GB"), (5, "x", "5 x")],
)
def test_amounts(number: int, unit: str, shown: str) -> None:
    assert terminal.amount(number, unit) == shown


def test_tables_put_numbers_to_the_right() -> None:
    assert aligned(["name", "rows"], [("a", 1234567), ("bcdef", None)]) == [
        "name        rows",
        "─────  ─────────",
        "a      1,234,567",
        "bcdef",
    ]
    assert aligned(["name", "rows"], []) == ["name  rows", "────  ────"]


def test_the_command_is_named_so_that_it_can_be_pasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "my shop" / ".venv" / "bin" / "evergreen"
    installed.parent.mkdir(parents=True)
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(installed), "run"])
    monkeypatch.setenv("PATH", "/usr/bin")
    monkeypatch.chdir(tmp_path / "my shop")
    assert program() == ".venv/bin/evergreen"
    monkeypatch.chdir(tmp_path)
    assert program() == "'my shop/.venv/bin/evergreen'"
    monkeypatch.setenv("PATH", str(installed.parent))
    assert program() == "evergreen"


def test_the_work_goes_on_where_nobody_reads_any_more() -> None:
    """As behind `evergreen run | head -1`: a run is not to fail for it."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as pipe:
        sink = terminal.sink_for(pipe)
        sink.note("one")
        sink.note("two")

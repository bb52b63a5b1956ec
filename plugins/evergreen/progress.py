"""Progress of long work, said in one way and shown in many.

Functions that take long say what they do; who listens decides how it looks. In a scheduler's worker the
default sink writes log lines; the command line installs one that draws bars.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

_log = logging.getLogger("evergreen")


@dataclass
class Step:
    """One piece of work: how much there is, how much is done, and what came of it."""

    title: str
    total: int | None = None
    unit: str = "rows"
    done: int = 0
    rows: int = 0
    started: float = field(default_factory=time.monotonic)
    outcome: str = ""

    def advance(self, amount: int = 1, *, rows: int = 0) -> None:
        """Say that `amount` more units, and with them `rows` more rows, are done."""
        self.done += amount
        self.rows += rows
        _sink.advanced(self)

    @property
    def seconds(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self.started


class Sink(Protocol):
    """Something that shows progress."""

    def began(self, step: Step) -> None: ...  # noqa: D102
    def advanced(self, step: Step) -> None: ...  # noqa: D102
    def ended(self, step: Step, *, failed: bool) -> None: ...  # noqa: D102
    def note(self, text: str) -> None: ...  # noqa: D102


class LogSink:
    """Writes a line when a step begins and ends; what a worker's log needs."""

    def began(self, step: Step) -> None:
        """Log the step's title."""
        _log.info("%s …", step.title)

    def advanced(self, step: Step) -> None:
        """Stay silent: a log is not a bar."""

    def ended(self, step: Step, *, failed: bool) -> None:
        """Log what came of the step and how long it took."""
        amount = f"{step.rows:,} rows" if step.rows else f"{step.done:,} {step.unit}" if step.done else ""
        detail = ", ".join(part for part in (amount, step.outcome, f"{step.seconds:.1f} s") if part)
        _log.log(
            logging.ERROR if failed else logging.INFO, "%s: %s", step.title, "failed" if failed else detail
        )

    def note(self, text: str) -> None:
        """Log the text."""
        _log.info("%s", text)


_sink: Sink = LogSink()


def use(sink: Sink) -> None:
    """Let `sink` show all progress of this process from now on."""
    global _sink  # noqa: PLW0603 - one terminal, one sink
    _sink = sink


def note(text: str) -> None:
    """Say one line between steps."""
    _sink.note(text)


@contextmanager
def step(title: str, total: int | None = None, unit: str = "rows") -> Iterator[Step]:
    """Do a piece of work under a title; `total` counts `unit`s, None when nobody knows."""
    current = Step(title=title, total=total, unit=unit)
    _sink.began(current)
    try:
        yield current
    except BaseException:
        _sink.ended(current, failed=True)
        raise
    _sink.ended(current, failed=False)

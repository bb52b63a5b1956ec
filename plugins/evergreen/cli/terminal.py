"""How the command line shows things: progress as bars or plain lines, spans of time, its own name."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from evergreen.errors import EvergreenError
from evergreen.progress import Sink, Step

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

# A line in a log file every so often is enough to see that it lives.
PLAIN_SECONDS = 15


def sink_for(stream: TextIO) -> Sink:
    """Return the sink that suits the stream."""
    return BarSink(stream) if stream.isatty() else PlainSink(stream)


def outcome_of(step: Step) -> str:
    """Say what came of a step: amounts, time, rate."""
    parts = []
    if step.rows:
        parts.append(amount(step.rows, "rows"))
    if step.done and step.unit != "rows":
        parts.append(amount(step.done, step.unit))
    elif step.done and not step.rows:
        parts.append(amount(step.done, "rows"))
    if step.outcome:
        parts.append(step.outcome)
    parts.append(duration(step.seconds))
    rows = step.rows or (step.done if step.unit == "rows" else 0)
    if rows > 10_000 and step.seconds > 0.5:
        parts.append(f"{rows / step.seconds:,.0f} rows/s")
    return ", ".join(parts)


def pace_of(step: Step) -> str:
    """Say how far a step is, how fast it goes, and how long it still takes."""
    if not step.done:
        return ""
    parts = [amount(step.done, step.unit)]
    if step.total:
        done = amount(step.done, step.unit if step.unit == "bytes" else "")
        parts = [f"{done} of {amount(step.total, step.unit)}"]
    if step.rows:
        parts.append(f"{step.rows / max(step.seconds, 0.001):,.0f} rows/s")
    elif step.unit in ("rows", "bytes"):
        parts.append(f"{amount(round(step.done / max(step.seconds, 0.001)), step.unit)}/s")
    # the first few units say little about the rest
    if step.total and step.seconds > 3 and step.done >= 3 and step.done >= step.total / 20:
        parts.append(f"{duration(step.seconds * (step.total - step.done) / step.done)} left")
    return ", ".join(parts)


def amount(number: int, unit: str) -> str:
    """Return a number with its unit, which is given in the plural; bytes in the size that can be read."""
    if number == 1:
        unit = unit.removesuffix("es") if unit.endswith("ches") else unit.removesuffix("s")
        return f"1 {unit}".strip()
    if unit != "bytes":
        return f"{number:,} {unit}".strip()
    size = float(number)
    for name in ("B", "kB", "MB", "GB"):
        if size < 1000 or name == "GB":
            break
        size /= 1000
    return f"{size:,.0f} {name}" if name == "B" else f"{size:,.1f} {name}"


def duration(seconds: float) -> str:
    """Return a time span in the units one reads it in."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


class PlainSink:
    """One line per step when it ends, and now and then one in between."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._said: dict[int, float] = {}

    def began(self, step: Step) -> None:
        """Remember when to say something next."""
        self._said[id(step)] = time.monotonic()

    def advanced(self, step: Step) -> None:
        """Say how far it is, if nothing was said for a while."""
        now = time.monotonic()
        if now - self._said.get(id(step), now) >= PLAIN_SECONDS:
            self._said[id(step)] = now
            self.note(f"{step.title}: {pace_of(step)}")

    def ended(self, step: Step, *, failed: bool) -> None:
        """Say what came of it."""
        self._said.pop(id(step), None)
        self.note(f"{step.title}: {'failed' if failed else outcome_of(step)}")

    def note(self, text: str) -> None:
        """Write a line; where nobody reads any more, as behind `| head -1`, the work goes on unseen."""
        try:
            print(text, file=self._stream, flush=True)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())


class BarSink:
    """Bars while steps last, and a line for each that ended."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=stream, highlight=False, soft_wrap=True)
        self._bars: Progress | None = None
        self._tasks: dict[int, TaskID] = {}

    def began(self, step: Step) -> None:
        """Draw a bar; without a total it only moves."""
        if self._bars is None:
            self._bars = self._draw()
            self._bars.start()
        self._tasks[id(step)] = self._bars.add_task(step.title, total=step.total, pace="")

    def advanced(self, step: Step) -> None:
        """Move the bar."""
        if self._bars is not None and id(step) in self._tasks:
            task = self._tasks[id(step)]
            self._bars.update(task, total=step.total, completed=step.done, pace=pace_of(step))

    def ended(self, step: Step, *, failed: bool) -> None:
        """Replace the bar with a line."""
        if self._bars is None:
            return
        self._bars.remove_task(self._tasks.pop(id(step)))
        mark, text = ("[red]✗[/]", "failed") if failed else ("[green]✓[/]", outcome_of(step))
        self._console.print(f"{mark} {_plain(step.title)}  [dim]{_plain(text)}[/]")
        if not self._tasks:
            self._bars.stop()
            self._bars = None

    def note(self, text: str) -> None:
        """Write a line above the bars."""
        self._console.print(_plain(text))

    def _draw(self) -> Progress:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        return Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("{task.fields[pace]}", markup=False, style="dim"),
            console=self._console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def confirm(question: str, *, unattended: str, declined: str) -> None:
    """Ask, and go on only if the answer is yes.

    Raises:
        EvergreenError: nobody can be asked (`unattended`), or the answer is no (`declined`).
    """
    if not sys.stdin.isatty():
        raise EvergreenError(unattended)
    if input(f"{question} [y/N] ").strip().lower() not in ("y", "yes"):
        raise EvergreenError(declined)


def program() -> str:
    """Return how this command is called from here: by its name if the shell finds it, else by its path."""
    called = Path(sys.argv[0])
    found = shutil.which("evergreen")
    if called.name != "evergreen" or (found and Path(found).samefile(called)):
        return "evergreen"
    inside = called.absolute()
    shown = inside.relative_to(Path.cwd()) if inside.is_relative_to(Path.cwd()) else inside
    return shlex.quote(str(shown))

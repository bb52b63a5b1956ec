"""The process that dbt works in: started once, asked again and again, ended with this one.

To import dbt and to read the project for the first time takes seconds, which the second call of a run need
not wait for, nor the first if the worker was started while something else was done.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DBT = (sys.executable, "-m", "evergreen.orchestration.dbt_process")
_ENDED = "Ended"


@dataclass(frozen=True)
class Place:
    """What all calls of a worker have in common.

    project: folder of the dbt project.
    target: where results, manifest and log are left.
    environment: how dbt's profile finds the warehouse.
    """

    project: Path
    target: Path
    environment: dict[str, str]


class Worker:
    """One process of dbt; does one call at a time."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._process = subprocess.Popen(
            [*_DBT, str(place.target)],
            stdin=subprocess.PIPE,  # closes when this process ends, however it ends
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=os.environ | place.environment,
            cwd=place.project,
            start_new_session=True,  # Ctrl-C is ours to pass on
        )

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(self, call: dict[str, Any], hear: Callable[[dict[str, Any]], None]) -> int:
        """Let dbt do a call, and tell what it says meanwhile; see dbt_process.py.

        Returns:
            dbt's exit code, or that of the process if it ended first; negative if it was ended by a signal.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            with contextlib.suppress(BrokenPipeError):  # it has just ended: nothing more will come
                self._process.stdin.write(json.dumps(call, sort_keys=True) + "\n")
                self._process.stdin.flush()
            for event in _events(self._process.stdout):
                if event["name"] == _ENDED:
                    return int(event["code"])
                hear(event)
        except BaseException:
            self.end()  # the server rolls its transactions back
            raise
        return self._process.wait() or 1

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with contextlib.suppress(BrokenPipeError):  # of a call that it never read
                    stream.close()


_worker: Worker | None = None


def at(place: Place) -> Worker:
    """Return the worker of this process; if there is none for this place, start one."""
    global _worker  # noqa: PLW0603 - one terminal, one build at a time
    if _worker is None or _worker.place != place or not _worker.is_alive:
        end()
        _worker = Worker(place)
    return _worker


@atexit.register
def end() -> None:
    """End the worker of this process, if it has one."""
    global _worker  # noqa: PLW0603 - see `at`
    if _worker is not None:
        _worker.end()
        _worker = None


def _events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield what is told of dbt's events; of a line that is none (a trace, a warning) its text."""
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if isinstance(event, dict):
            yield event
        elif line.strip():
            yield {"name": "Text", "error": line}

"""Who is at work on a home: a file that a run holds locked."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RUN_LOCK = "run.lock"


@contextmanager
def run_lock(home: Path) -> Iterator[bool]:
    """Hold the lock of a home's runs if nobody else does, and yield whether it was free."""
    with (home / RUN_LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def is_running(home: Path) -> bool:
    """Tell whether `evergreen run` is at work on a home; a killed run is not."""
    if not (home / RUN_LOCK).exists():
        return False
    with run_lock(home) as is_free:
        return not is_free

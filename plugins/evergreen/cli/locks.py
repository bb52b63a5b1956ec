"""Who is at work on a home: a file that they hold locked, and in which they say who they are."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evergreen.errors import EvergreenError
from evergreen.settings import make_home, settings

RUN_LOCK = "run.lock"
RUN, START = "`evergreen run`", "`evergreen serve`, which starts Airflow,"


@contextmanager
def run_lock(home: Path, holder: str = RUN) -> Iterator[bool]:
    """Hold the lock of a home's runs if nobody else does, and yield whether it was free."""
    with (home / RUN_LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            lock.truncate(0)
            lock.write(holder)
            lock.flush()
            yield True


def at_work(home: Path) -> str | None:
    """Return who holds the lock of a home, None if nobody; what was killed holds nothing."""
    try:
        with (home / RUN_LOCK).open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return lock.read() or RUN
    except FileNotFoundError:
        pass
    return None


@contextmanager
def only_run(holder: str = RUN) -> Iterator[None]:
    """Be the only one at work on this home.

    Raises:
        EvergreenError: somebody is already.
    """
    home = settings().home
    made = not home.exists()
    make_home()
    try:
        with run_lock(home, holder) as is_free:
            if not is_free:
                who = at_work(home) or "another run"
                raise EvergreenError(f"{home}: {who} is at work on this home: wait until it is done")
            yield
    finally:
        if made and {path.name for path in home.iterdir()} == {RUN_LOCK}:
            (home / RUN_LOCK).unlink()
            home.rmdir()

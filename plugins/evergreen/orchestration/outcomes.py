"""How the body of a task tells Airflow, and whoever runs it, what came of it.

A mistake that only a person can mend fails the task at once; retries are for what passes by itself: a
connection that was cut, a server that restarts, a deadlock.
"""

from __future__ import annotations

import functools
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

import psycopg

from evergreen.errors import EvergreenError

PASSING = (psycopg.OperationalError, psycopg.InterfaceError, ConnectionError, TimeoutError)

Body = TypeVar("Body", bound=Callable[..., Any])

_log = logging.getLogger("evergreen")
_failures: list[BaseException] = []
_terminable = False


class NothingToDo(Exception):
    """The task and those behind it have nothing to do; the message says why."""


def body(function: Body) -> Body:
    """Make `function` the body of a task: its exceptions become what Airflow understands."""

    @functools.wraps(function)
    def run(*arguments: Any, **named: Any) -> Any:
        from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

        if _terminable:  # Airflow has put a handler of its own in place, which only takes note
            signal.signal(signal.SIGTERM, _interrupt)
        try:
            return function(*arguments, **named)
        except NothingToDo as reason:
            _log.info("%s", reason)
            raise AirflowSkipException(str(reason)) from None
        except PASSING as error:
            _failures.append(error)
            raise
        except EvergreenError as error:
            _failures.append(error)
            raise AirflowFailException(str(error)) from None
        except (Exception, KeyboardInterrupt) as error:
            _failures.append(error)
            raise AirflowFailException(f"{type(error).__name__}: {error}") from error

    return run  # type: ignore[return-value]


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end the tasks of this process as Ctrl-C does: children are stopped, locks let go."""
    global _terminable  # noqa: PLW0603 - signals are the process' own
    before = signal.signal(signal.SIGTERM, _interrupt)
    _terminable = True
    try:
        yield
    finally:
        _terminable = False
        signal.signal(signal.SIGTERM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def forget_failures() -> None:
    """Begin to collect failures anew."""
    _failures.clear()


def last_failure() -> BaseException | None:
    """Return the last exception of a task that ran in this process, None if all went well."""
    return _failures[-1] if _failures else None

"""What Airflow is told of the ways in which a task can end."""

from __future__ import annotations

import signal
import sys
import types
from collections.abc import Iterator

import psycopg
import pytest

from evergreen.errors import EvergreenError
from evergreen.orchestration import outcomes
from evergreen.orchestration.outcomes import NothingToDo, body


class Failed(Exception):
    """Airflow's word for: do not try again."""


class Skipped(Exception):
    """Airflow's word for: nothing to do, and nothing for those behind."""


@pytest.fixture(autouse=True)
def airflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Its two exceptions, without an import of seconds."""
    module = types.ModuleType("airflow.sdk.exceptions")
    module.AirflowFailException = Failed  # type: ignore[attr-defined]
    module.AirflowSkipException = Skipped  # type: ignore[attr-defined]
    for name in ("airflow", "airflow.sdk"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "airflow.sdk.exceptions", module)
    outcomes.forget_failures()
    yield
    outcomes.forget_failures()


def ending_with(error: BaseException | None) -> int:
    @body
    def task(number: int) -> int:
        """Do it."""
        if error:
            raise error
        return number

    assert task.__doc__ == "Do it."
    return task(3)


def test_a_result_is_a_result() -> None:
    assert ending_with(None) == 3
    assert outcomes.last_failure() is None


def test_nothing_to_do_is_no_failure() -> None:
    with pytest.raises(Skipped, match="nothing new"):
        ending_with(NothingToDo("nothing new"))
    assert outcomes.last_failure() is None


@pytest.mark.parametrize(
    "error", [EvergreenError("wrong password"), ValueError("a defect"), KeyboardInterrupt()]
)
def test_what_does_not_pass_is_not_tried_again(error: BaseException) -> None:
    with pytest.raises(Failed):
        ending_with(error)
    assert outcomes.last_failure() is error


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("cut"),
        psycopg.errors.DeadlockDetected("d"),
        ConnectionResetError(),
        TimeoutError(),
    ],
)
def test_what_passes_by_itself_is_tried_again(error: Exception) -> None:
    with pytest.raises(type(error)):
        ending_with(error)
    assert outcomes.last_failure() is error


def test_a_terminating_signal_ends_a_task_although_airflow_only_notes_it() -> None:
    seen: list[int] = []

    @body
    def task() -> None:
        signal.raise_signal(signal.SIGTERM)

    with outcomes.terminable():
        signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))  # as Airflow does
        with pytest.raises(Failed):
            task()
    assert not seen
    assert isinstance(outcomes.last_failure(), KeyboardInterrupt)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL

"""The process that dbt works in: kept between calls, replaced when it ended, ended with its caller."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evergreen.orchestration import dbt_worker
from evergreen.orchestration.dbt_worker import Place

# Says who it is, does what it is told, and ends the call.
FAKE = """
import json, os, sys
for line in sys.stdin:
    call = json.loads(line)
    print(json.dumps({"name": "Process", "number": os.getpid(), "target": sys.argv[1]}), flush=True)
    exec(call["do"])
    print(json.dumps({"name": "Ended", "code": call["code"]}), flush=True)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    dbt_worker.end()
    monkeypatch.setattr(dbt_worker, "_DBT", (sys.executable, "-c", FAKE))
    yield Place(project=tmp_path, target=tmp_path / "target", environment={"A": "b"})
    dbt_worker.end()


def ask(place: Place, do: str = "", code: int = 0) -> tuple[int, list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []
    ended = dbt_worker.at(place).ask({"do": do, "code": code}, heard.append)
    return ended, heard


def test_one_process_answers_call_after_call(place: Place) -> None:
    first, second = ask(place), ask(place, code=2)
    assert (first[0], second[0]) == (0, 2)
    assert first[1] == second[1]
    assert first[1][0]["target"] == str(place.target)


def test_another_place_has_a_process_of_its_own(place: Place) -> None:
    environment = "print(json.dumps({'name': os.environ['A']}), flush=True)"
    first = ask(place, environment)[1]
    second = ask(replace(place, environment={"A": "c"}), environment)[1]
    assert first[0]["number"] != second[0]["number"]
    assert (first[1]["name"], second[1]["name"]) == ("b", "c")


def test_what_is_no_event_is_text(place: Place) -> None:
    assert ask(place, "print('a warning'); print(); print(3)")[1][1:] == [
        {"name": "Text", "error": "a warning\n"},
        {"name": "Text", "error": "3\n"},
    ]


@pytest.mark.parametrize(
    ("end", "code"), [("os.kill(os.getpid(), 9)", -signal.SIGKILL), ("os._exit(7)", 7), ("os._exit(0)", 1)]
)
def test_a_process_that_ended_amid_a_call_has_not_done_it(place: Place, end: str, code: int) -> None:
    assert ask(place, end)[0] == code
    assert ask(place)[0] == 0  # the next call has another


def test_a_process_that_ended_between_two_calls_is_replaced(place: Place) -> None:
    worker = dbt_worker.at(place)
    worker.end()
    assert ask(place)[0] == 0
    assert dbt_worker.at(place) is not worker


def test_who_is_interrupted_leaves_no_process_behind(place: Place) -> None:
    def interrupt(_: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    worker = dbt_worker.at(place)
    with pytest.raises(KeyboardInterrupt):
        worker.ask({"do": "", "code": 0}, interrupt)
    assert not worker.is_alive

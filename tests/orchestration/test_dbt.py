"""Calling dbt: progress, checks, and one line that names what failed. On a project of three models."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from evergreen import progress, settings
from evergreen.orchestration import dbt
from evergreen.orchestration.dbt_results import Check, descriptions, one_line
from evergreen.progress import Step
from evergreen.warehouse.connections import Warehouse

REAL = Path(__file__).resolve().parents[2] / "dbt_project"
PROJECT = """
name: small
version: 1.0.0
config-version: 2
profile: evergreen
models: {+schema: marts, +materialized: table}
"""
MODELS = """
models:
  - name: one
    description: One row.
    columns:
      - name: a
        description: A number.
        data_tests: [not_null, {accepted_values: {arguments: {values: ["1"]}, config: {severity: warn}}}]
  - name: two
    columns: [{name: a, data_tests: [not_null]}]
"""


@pytest.fixture
def project(tmp_path: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dbt project in which `one` is good, `two` depends on it, and `broken` is up to the test."""
    folder = tmp_path / "dbt_project"
    (folder / "models").mkdir(parents=True)
    (folder / "macros").mkdir()
    (folder / "profiles.yml").write_text((REAL / "profiles.yml").read_text("utf-8"), "utf-8")
    (folder / "macros" / "names.sql").write_text((REAL / "macros" / "names.sql").read_text("utf-8"), "utf-8")
    (folder / "dbt_project.yml").write_text(PROJECT, "utf-8")
    (folder / "models" / "models.yml").write_text(MODELS, "utf-8")
    (folder / "models" / "one.sql").write_text("select 2 as a", "utf-8")
    (folder / "models" / "two.sql").write_text("select nullif(a, 2) as a from {{ ref('one') }}", "utf-8")
    monkeypatch.setenv("EVERGREEN_PROJECT", str(tmp_path))
    monkeypatch.setenv("EVERGREEN_HOME", os.environ["EVERGREEN_HOME"])
    settings.reset()
    return folder


class Listener:
    """A sink that keeps what it hears."""

    def __init__(self) -> None:
        self.ended_steps: list[tuple[Step, bool]] = []

    def began(self, step: Step) -> None: ...
    def advanced(self, step: Step) -> None: ...
    def note(self, text: str) -> None: ...

    def ended(self, step: Step, *, failed: bool) -> None:
        self.ended_steps.append((step, failed))


def call(*select: str) -> dbt.Call:
    return dbt.Call("Building", ["shop"], select)


def test_a_build(project: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Listener()
    monkeypatch.setattr(progress, "_sink", heard)
    recorded: list[Check] = []
    outcome = dbt.build(warehouse, call("one"), recorded.extend)
    assert outcome.relations == 1
    assert sorted(outcome.checks, key=lambda check: check.severity) == [
        Check("not_null_one_a", "one", "a", "critical", True, 0),
        Check("accepted_values_one_a__1", "one", "a", "warning", False, 1),
    ]
    assert recorded == outcome.checks
    [(step, failed)] = heard.ended_steps
    assert (step.done, step.total, failed) == (3, 3, False)
    assert descriptions(dbt.target_folder())["marts_candidate"]["one"] == {"": "One row.", "a": "A number."}
    with warehouse.connect("transformer") as connection:
        assert connection.execute("select a from marts_candidate.one").fetchall() == [(2,)]


def test_one_process_does_call_after_call(project: Path, warehouse: Warehouse) -> None:
    """And reads what became of the project in between."""
    assert dbt.build(warehouse, call("one")).relations == 1
    [first] = children()
    (project / "models" / "one.sql").write_text("select 3 as a", "utf-8")
    (project / "models" / "broken.sql").write_text("select a + 1 as a from {{ ref('one') }}", "utf-8")
    assert dbt.build(warehouse, call("one", "broken")).relations == 2
    assert children() == [first]
    with warehouse.connect("transformer") as connection:
        assert connection.execute("select a from marts_candidate.broken").fetchall() == [(4,)]
    log = (dbt.target_folder() / "logs" / "dbt.log").read_text("utf-8")
    assert log.count("OK created sql table model marts_candidate.broken") == 1


@pytest.mark.parametrize(
    ("cores", "fills_cores", "helpers"), [(2, True, "0"), (4, True, "0"), (8, True, "1"), (2, False, "1")]
)
def test_models_have_helpers_where_cores_are_left(
    project: Path,
    warehouse: Warehouse,
    monkeypatch: pytest.MonkeyPatch,
    cores: int,
    fills_cores: bool,
    helpers: str,
) -> None:
    """dbt makes four models at a time; the server's own setting is one helper."""
    monkeypatch.setattr(dbt.machine, "cores", lambda: cores)
    monkeypatch.setattr(warehouse, "embedded", True)  # whose cores are ours
    (project / "models" / "broken.sql").write_text(
        "select current_setting('max_parallel_workers_per_gather') as helpers", "utf-8"
    )
    with warehouse.connect("admin", autocommit=True) as admin:
        admin.execute(
            f"alter role {warehouse.role_name('transformer')} set max_parallel_workers_per_gather = 1"
        )
    try:
        dbt.build(warehouse, replace(call("broken"), fills_cores=fills_cores))
    finally:
        with warehouse.connect("admin", autocommit=True) as admin:
            admin.execute(
                f"alter role {warehouse.role_name('transformer')} reset max_parallel_workers_per_gather"
            )
    with warehouse.connect("transformer") as connection:
        assert connection.execute("select helpers from marts_candidate.broken").fetchall() == [(helpers,)]


def test_a_failing_test_is_named_and_recorded(project: Path, warehouse: Warehouse) -> None:
    recorded: list[Check] = []
    with pytest.raises(
        dbt.DbtError, match=r"dbt: test not_null_two_a failed: Got 1 result.*: see .*\.sql"
    ) as raised:
        dbt.build(warehouse, call("+two"), recorded.extend)
    assert "\n" not in str(raised.value)
    assert Check("not_null_two_a", "two", "a", "critical", False, 1) in recorded


def test_a_failing_test_with_a_long_name_says_where_its_query_is(project: Path, warehouse: Warehouse) -> None:
    """dbt shortens the names of files, not those of tests."""
    values = [f"a value that is not there, the {number}th" for number in range(5)]
    tests = f"data_tests: [{{accepted_values: {{arguments: {{values: {values}}}}}}}]"
    (project / "models" / "models.yml").write_text(
        f"models: [{{name: one, columns: [{{name: a, {tests}}}]}}]", "utf-8"
    )
    with pytest.raises(dbt.DbtError, match=r"accepted_values_one_a__a_value.*: see .*/(.*)\.sql$") as raised:
        dbt.build(warehouse, call("one"))
    assert Path(str(raised.value).partition(": see ")[2]).is_file()


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("select 1/0 as a", "dbt: model broken failed: Database Error in model broken .* division by zero"),
        ("select {{ nonsense( }}", r"dbt: Compilation Error in model broken \(models/broken.sql\)"),
    ],
)
def test_a_broken_model_is_named(project: Path, warehouse: Warehouse, broken: str, message: str) -> None:
    (project / "models" / "broken.sql").write_text(broken, "utf-8")
    with pytest.raises(dbt.DbtError, match=message) as raised:
        dbt.build(warehouse, call("broken"))
    assert "\n" not in str(raised.value)
    assert "\x1b" not in str(raised.value)


def test_dbt_ends_with_its_caller() -> None:
    """A dbt that outlives a killed task would write into a candidate that was given up."""
    program = (
        "import time; from evergreen.orchestration import dbt_process; dbt_process.listen();"
        "print(1, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            f"child = subprocess.Popen([sys.executable, '-c', {program!r}], stdin=subprocess.PIPE)\n"
            "print(child.pid, flush=True); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    lines = {parent.stdout.readline().strip(), parent.stdout.readline().strip()}
    [child] = [int(line) for line in lines if line != "1"]
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{child}/stat").exists() and Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError("dbt lives on")


def test_what_a_killed_dbt_left_is_made_by_the_next_build(project: Path, warehouse: Warehouse) -> None:
    """kill -9 of dbt while a table is being made: the build says so, and nothing half-made stays."""
    sleeping = "select a from {{ ref('one') }} where (select count(pg_sleep(60)) from {{ ref('one') }}) = 1"
    (project / "models" / "broken.sql").write_text(sleeping, "utf-8")
    killer = threading.Thread(target=kill_dbt, args=[warehouse])
    killer.start()
    with pytest.raises(dbt.DbtError, match=r"dbt: was ended by signal 9 \(SIGKILL\)"):
        dbt.build(warehouse, call("one", "broken"))
    killer.join()
    assert tables(warehouse) == {"one"}

    (project / "models" / "broken.sql").write_text(sleeping.replace("60", "0"), "utf-8")
    assert dbt.build(warehouse, call("one", "broken")).relations == 2
    assert tables(warehouse) == {"one", "broken"}
    with warehouse.connect("transformer") as connection:
        assert connection.execute("select a from marts_candidate.broken").fetchall() == [(2,)]


def kill_dbt(warehouse: Warehouse) -> None:
    """Kill this process' dbt as soon as its server process sleeps, and wait until that has ended, too."""
    works = """
        select from pg_stat_activity
        where application_name = 'evergreen dbt' and datname = current_database()
    """
    with warehouse.connect("admin", autocommit=True) as admin:
        while not admin.execute(f"{works} and query like '%pg_sleep%' and state = 'active'").rowcount:
            time.sleep(0.05)
        for process in children():
            os.kill(process, signal.SIGKILL)
        admin.execute(
            """
            select pg_terminate_backend(pid, 10000) from pg_stat_activity
            where application_name = 'evergreen dbt' and datname = current_database()
            """
        )


def children() -> list[int]:
    """Return the processes of dbt that this one has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            is_child = stat.read_text().rpartition(") ")[2].split()[1] == str(os.getpid())
            if is_child and b"dbt_process" in (stat.parent / "cmdline").read_bytes():
                found.append(int(stat.parent.name))
        except OSError:
            continue  # it has ended meanwhile
    return found


def tables(warehouse: Warehouse) -> set[str]:
    """Return what is there of the marts."""
    with warehouse.connect("transformer") as connection:
        found = connection.execute("select tablename from pg_tables where schemaname = 'marts_candidate'")
        return {name for (name,) in found.fetchall()}


def test_what_is_told_at_the_same_time_is_a_line_each() -> None:
    """Two lines in one are read as none: the progress would end before the work."""
    program = (
        "from threading import Thread\n"
        "from evergreen.orchestration.dbt_process import _say\n"
        "def tell():\n"
        "    for number in range(2000): _say('LogTestResult', total=number, error='x' * 200)\n"
        "threads = [Thread(target=tell) for _ in range(8)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
    )
    unbuffered = os.environ | {"PYTHONUNBUFFERED": "1"}  # as in images of Python: a line and its end apart
    told = subprocess.check_output([sys.executable, "-c", program], text=True, env=unbuffered)
    assert sorted(json.loads(line)["total"] for line in told.splitlines()) == sorted(8 * [*range(2000)])


def test_messages_become_one_line() -> None:
    text = "\x1b[31mDatabase Error\x1b[0m in model x\n  division by zero\n  compiled code at target/x.sql\n"
    assert one_line(text) == "Database Error in model x division by zero"

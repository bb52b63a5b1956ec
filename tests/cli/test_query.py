"""`sql`, `url`, `psql`: what an analyst does, as the role that may only read."""

from __future__ import annotations

import csv
import io
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import Evergreen
from evergreen.cli.locks import START, at_work, run_lock
from evergreen.warehouse.connections import Warehouse


@pytest.fixture
def marts(warehouse: Warehouse) -> Warehouse:
    """A warehouse with one mart of three rows."""
    with warehouse.connect("transformer") as connection:
        connection.execute(
            """
            create view marts.things as
            select * from (values
                (1, 'one', true, 1.50, date '2026-01-02', null::float8),
                (2, 'two, "three"', false, 0.10, null, 'NaN'),
                (3, E'four\nfive', null, 1e20::numeric, date '2026-01-02', 0.1)
            ) as t (number, name, is_odd, amount, day, ratio)
            """
        )
    return warehouse


def test_csv(marts: Warehouse, evergreen: Evergreen) -> None:
    said = evergreen("sql", "select * from things order by number", "--format", "csv")
    assert said.code == 0
    assert list(csv.reader(io.StringIO(said.out))) == [
        ["number", "name", "is_odd", "amount", "day", "ratio"],
        ["1", "one", "true", "1.50", "2026-01-02", ""],
        ["2", 'two, "three"', "false", "0.10", "", "NaN"],
        ["3", "four\nfive", "", "100000000000000000000", "2026-01-02", "0.1"],
    ]


def test_json(marts: Warehouse, evergreen: Evergreen) -> None:
    said = evergreen("sql", "select * from things order by number", "--format", "json")
    assert json.loads(said.out)[:2] == [
        {"number": 1, "name": "one", "is_odd": True, "amount": 1.5, "day": "2026-01-02", "ratio": None},
        {"number": 2, "name": 'two, "three"', "is_odd": False, "amount": 0.1, "day": None, "ratio": "NaN"},
    ]
    assert '"amount": 1.50,' in said.out  # the digits are Postgres', not a float's


def test_an_answer_without_rows_is_an_answer(marts: Warehouse, evergreen: Evergreen) -> None:
    nothing = "select number, name from things where false"
    assert evergreen("sql", nothing, "--format", "csv").out == "number,name\n"
    assert evergreen("sql", nothing, "--format", "json").out == "[]\n"
    assert "(0 rows)" in evergreen("sql", nothing).out


def test_table(marts: Warehouse, evergreen: Evergreen) -> None:
    said = evergreen("sql", "select number, name, is_odd, amount from things order by number")
    assert said.out.splitlines() == [
        "number  name          is_odd                 amount",
        "──────  ────────────  ──────  ─────────────────────",
        "     1  one           true                     1.50",
        '     2  two, "three"  false                    0.10',
        "     3  four five             100000000000000000000",
        "(3 rows)",
    ]


def test_a_long_answer_is_cut_for_people_only(marts: Warehouse, evergreen: Evergreen) -> None:
    assert "first 1,000 rows" in evergreen("sql", "select generate_series(1, 5000)").out
    whole = evergreen("sql", "select generate_series(1, 5000) as n", "--format", "csv").out
    assert len(whole.splitlines()) == 5001


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("select\n  nothing from things", 'column "nothing" does not exist (line 2, column 3)'),
        (
            "select * from thinks",
            'relation "thinks" does not exist (line 1, column 15): did you mean things?',
        ),
        ("select * from raw.things", "permission denied for schema raw"),
        ("select * from pii.customers", "permission denied for schema pii"),
        ("delete from audit.releases", "cannot execute DELETE in a read-only transaction"),
        ("create table marts.mine (a int)", "cannot execute CREATE TABLE in a read-only transaction"),
        (
            "set transaction read write; delete from audit.releases",
            "sql: is one statement at a time: call it",
        ),
        ("copy audit.releases to stdout", "COPY"),
        ("  ; ", "nothing to run"),
        ("select 1/0", "division by zero"),
    ],
)
def test_a_wrong_statement_is_explained_in_one_line(
    marts: Warehouse, evergreen: Evergreen, statement: str, complaint: str
) -> None:
    said = evergreen("sql", statement)
    assert said.code == 1
    assert complaint in said.complaint


def test_a_statement_can_come_from_standard_input(
    marts: Warehouse, evergreen: Evergreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("select 42 as answer"))
    assert evergreen("sql", "-", "--format", "csv").out == "answer\n42\n"


def test_url_leads_there(marts: Warehouse, evergreen: Evergreen) -> None:
    said = evergreen("url")
    assert said.out.strip() == marts.url("reader")
    assert said.out.count("\n") == 1
    assert evergreen("url", "--role", "steward").out.strip() == marts.url("steward")


def test_psql_is_the_reader(marts: Warehouse) -> None:
    command = [
        sys.executable,
        "-m",
        "evergreen.cli",
        "psql",
        "-At",
        "-c",
        "select current_user, count(*) from things",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == f"{marts.name}_reader|3", done.stderr
    wrong = subprocess.run([*command[:-1], "selec"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1


@pytest.mark.skipif(shutil.which("head") is None, reason="needs head")
def test_a_reader_of_the_output_may_leave_early(marts: Warehouse) -> None:
    query = "'select generate_series(1, 200000)'"
    ours = f"{shlex.quote(sys.executable)} -m evergreen.cli sql {query} --format csv"
    command = f"set -o pipefail; {ours} | head -n 2"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout == "generate_series\n1\n"
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "command",
    [["sql", "select 1"], ["status"], ["release", "list"], ["quarantine", "list"], ["url"], ["psql"]],
)
def test_looking_at_a_home_does_not_make_one(no_home: Path, evergreen: Evergreen, command: list[str]) -> None:
    said = evergreen(*command)
    assert said.code == 1
    assert "nothing is here yet: `evergreen run` sets it up" in said.complaint


def test_stopping_what_does_not_run_is_no_error(no_home: Path, evergreen: Evergreen) -> None:
    said = evergreen("stop")
    assert (said.code, said.out) == (0, "The database server was not running.\n")


def test_nobody_serves_a_home_that_is_being_worked_on(no_home: Path, evergreen: Evergreen) -> None:
    no_home.mkdir(parents=True)
    with run_lock(no_home):
        assert "`evergreen run` is at work on this home: wait" in evergreen("serve").complaint
    assert at_work(no_home) is None
    shutil.rmtree(no_home)


def test_who_starts_airflow_says_so(no_home: Path, evergreen: Evergreen) -> None:
    no_home.mkdir(parents=True)
    with run_lock(no_home, START):
        said = evergreen("run")
    assert said.code == 1
    assert "`evergreen serve`, which starts Airflow, is at work on this home: wait" in said.complaint
    shutil.rmtree(no_home)


def test_a_run_keeps_its_server_unless_somebody_insists(no_home: Path, evergreen: Evergreen) -> None:
    no_home.mkdir(parents=True)
    with run_lock(no_home) as is_free:
        assert is_free
        said = evergreen("stop")
        assert said.code == 1
        assert "`evergreen run` is at work on this home" in said.complaint
        assert evergreen("stop", "--force").code == 0
    assert evergreen("stop").code == 0
    shutil.rmtree(no_home)

"""`evergreen run` with bad input: one clear line, and nothing is changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cli.conftest import Evergreen
from evergreen import settings as settings_module
from evergreen.warehouse.connections import Warehouse

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--source", "nowhere=/tmp"], "source nowhere: no "),
        (["--source", "online_retail=/no/such/folder"], "/no/such/folder: not found"),
        (["--source", "online_retail"], "online_retail: no location"),
        (["--source", "cdnow=simulated"], "only shop and survey are built in: say where cdnow is"),
        (["--source", "=x"], "write NAME=PATH"),
        (["--source", "cdnow="], "write NAME=PATH"),
        (["--source", "cdnow=/a", "--source", "cdnow=/b"], "cdnow is named twice"),
        (["--until", "tomorrow"], "--until tomorrow: is not a date: write it as YYYY-MM-DD"),
        (["--until", "2011-02-30"], "--until 2011-02-30: is not a date"),
        (["--source", "shop=postgresql://me@127.0.0.1:1/shop"], "127.0.0.1:1"),
    ],
)
def test_it_is_said_in_one_line(
    no_home: Path, evergreen: Evergreen, arguments: list[str], complaint: str
) -> None:
    said = evergreen("run", *arguments)
    assert said.code == 1
    assert complaint in said.complaint


def test_a_folder_without_a_fitting_file(no_home: Path, evergreen: Evergreen, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = evergreen("run", "--source", f"online_retail={tmp_path / 'empty'}")
    assert said.code == 1
    assert str(tmp_path / "empty") in said.complaint


def test_a_workbook_is_no_delivery(no_home: Path, evergreen: Evergreen, tmp_path: Path) -> None:
    (tmp_path / "Orders.XLSX").write_bytes(b"PK")
    for location in (tmp_path, tmp_path / "Orders.XLSX"):
        said = evergreen("run", "--source", f"online_retail={location}")
        assert said.code == 1
        assert "Orders.XLSX is a spreadsheet program's own format: save it as CSV (UTF-8)" in said.complaint


def test_unreadable_yaml(
    no_home: Path, evergreen: Evergreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(PROJECT / "sources", tmp_path / "project" / "sources")
    broken = tmp_path / "project" / "sources" / "cdnow.yml"
    broken.write_text("source: cdnow\ntables:\n  orders: [\n", encoding="utf-8")
    monkeypatch.setenv("EVERGREEN_PROJECT", str(tmp_path / "project"))
    settings_module.reset()
    said = evergreen("run", "--source", f"cdnow={tmp_path}")
    assert said.code == 1
    assert f"{broken}, line" in said.complaint


def test_orders_that_nothing_names(
    no_home: Path, evergreen: Evergreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build of what changed would miss them: the marts would be wrong without a word."""
    project = tmp_path / "project"
    for folder in ("sources", "dbt_project/models/input_layer/cdnow"):
        shutil.copytree(PROJECT / folder, project / folder)
    definition = project / "sources" / "cdnow.yml"
    text = definition.read_text("utf-8")
    assert "identifies: customer" in text
    definition.write_text(text.replace("identifies: customer", ""), "utf-8")
    monkeypatch.setenv("EVERGREEN_PROJECT", str(project))
    settings_module.reset()
    said = evergreen("run", "--source", f"cdnow={tmp_path}")
    assert said.code == 1
    assert f"{definition}: input_cdnow__order_lines.sql delivers order_lines, but" in said.complaint


def test_wrong_password_of_a_source(
    session_warehouse: Warehouse, no_home: Path, evergreen: Evergreen
) -> None:
    address = session_warehouse.parameters("admin")
    url = f"postgresql://{address['user']}:wrong@{address['host']}:{address['port']}/{address['dbname']}"
    said = evergreen("run", "--source", f"shop={url}")
    assert said.code == 1
    assert "password authentication failed" in said.complaint
    assert "wrong" not in said.complaint


def test_wrong_password_of_the_warehouse(
    session_warehouse: Warehouse,
    evergreen: Evergreen,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = session_warehouse.parameters("admin")
    url = f"postgresql://{good['user']}:wrong@{good['host']}:{good['port']}/{good['dbname']}"
    monkeypatch.setenv("EVERGREEN_DATABASE_URL", url)
    monkeypatch.setenv("EVERGREEN_HOME", str(tmp_path / "home"))
    settings_module.reset()
    try:
        for command in (["run"], ["sql", "select 1"], ["status"]):
            said = evergreen(*command)
            assert said.code == 1
            assert "EVERGREEN_DATABASE_URL" in said.complaint or "secrets.json" in said.complaint
            assert settings_module.activation() == {}
    finally:
        monkeypatch.undo()
        settings_module.reset()


def test_what_was_active_stays_active(
    evergreen: Evergreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVERGREEN_HOME", str(tmp_path / "home"))
    settings_module.reset()
    try:
        settings_module.activate({"cdnow": "/before"})
        assert evergreen("run", "--source", "online_retail=/no/such/folder").code == 1
        assert settings_module.activation() == {"cdnow": "/before"}
        said = evergreen("run")  # what is active must still be there, too
        assert said.code == 1
        assert "/before" in said.complaint
    finally:
        monkeypatch.undo()
        settings_module.reset()


def test_a_home_that_cannot_be_made(
    evergreen: Evergreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").write_text("")
    monkeypatch.setenv("EVERGREEN_HOME", str(tmp_path / "a file" / "home"))
    settings_module.reset()
    try:
        said = evergreen("run")
        assert said.code == 1
        assert "Not a directory: set EVERGREEN_HOME to a folder you may write to" in said.complaint
        assert "nothing is here yet" in evergreen("status").complaint
    finally:
        monkeypatch.undo()
        settings_module.reset()


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("POSTGRES_VERSION", "abc", "EVERGREEN_POSTGRES_VERSION: Input should be 16 or 18"),
        ("POSTGRES_VERSION", "17", "EVERGREEN_POSTGRES_VERSION: Input should be 16 or 18"),
        ("DBT_THREADS", "abc", "EVERGREEN_DBT_THREADS: Input should be a valid integer"),
        ("PROJECT", "/nonexistent", "/nonexistent/sources: not found"),
        ("PROJECT", "/nonexistent", "set EVERGREEN_PROJECT to the checkout"),
    ],
)
@pytest.mark.parametrize("command", ["run", "doctor"])
def test_a_variable_that_does_not_fit_is_named(
    no_home: Path,
    evergreen: Evergreen,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    complaint: str,
    command: str,
) -> None:
    monkeypatch.setenv(f"EVERGREEN_{name}", value)
    settings_module.reset()
    said = evergreen(command)
    assert said.code == 1
    if (command, name) == ("doctor", "PROJECT"):  # it lists everything it finds
        assert "set EVERGREEN_PROJECT to the checkout" in said.out
    else:
        assert complaint in said.complaint


def test_a_home_of_nobody(evergreen: Evergreen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERGREEN_HOME", "~nobody-is-called-that/home")
    settings_module.reset()
    said = evergreen("status")
    assert (said.code, "no such user" in said.complaint) == (1, True)


def test_a_folder_that_went_away_under_the_terminal(
    evergreen: Evergreen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    monkeypatch.setenv("EVERGREEN_HOME", "home")
    settings_module.reset()
    said = evergreen("status")
    assert (said.code, "the folder you are in is no more" in said.complaint) == (1, True)


def test_nothing_is_restored_under_a_scheduler(
    no_home: Path, evergreen: Evergreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evergreen.orchestration.services.running", lambda: {"port": 8080})
    (dump := no_home.parent / "warehouse.dump").touch()
    said = evergreen("restore", dump, "--replace")
    assert (said.code, "Airflow is running on this home" in said.complaint) == (1, True)


def test_no_server_is_set_up_for_a_backup_that_is_not_there(no_home: Path, evergreen: Evergreen) -> None:
    said = evergreen("restore", no_home.parent / "warehouse.dump")
    assert (said.code, "warehouse.dump: is not there" in said.complaint) == (1, True)
    assert not no_home.exists()


def test_a_backup_under_other_keys_says_which_keys_to_copy(
    warehouse: Warehouse, evergreen: Evergreen, tmp_path: Path
) -> None:
    with warehouse.connect("admin") as connection:
        connection.execute(
            "insert into pii.customers (customer_id, source, identifier, _batch_id) "
            "values (repeat('0', 32), 'shop', 'C1', 1)"
        )
    assert evergreen("backup", tmp_path / "dump").code == 0
    said = evergreen("restore", tmp_path / "dump", "--replace")
    assert said.code == 1
    # the passwords beside them are those of the other home's server
    assert "copy pseudonym_key and erasure_key, and nothing else, from its secrets.json" in said.complaint


@pytest.mark.parametrize("option", [["--years", "inf"], ["--seed", "-1"]])
def test_a_shop_that_cannot_be_simulated(evergreen: Evergreen, tmp_path: Path, option: list[str]) -> None:
    said = evergreen("simulate", "--out", tmp_path / "shop", *option)
    assert (said.code, "Invalid value" in said.complaint) == (2, True)

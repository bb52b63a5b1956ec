"""`evergreen dashboards`: what it says where there is nothing to show, and what it leaves in the home."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from cli.conftest import Evergreen
from evergreen import settings as settings_module
from evergreen.warehouse.connections import Warehouse


def test_an_empty_home_is_left_empty(no_home: Path, evergreen: Evergreen) -> None:
    said = evergreen("dashboards", "--prepare")
    assert said.code == 1
    assert "nothing is here yet: `evergreen run` sets it up" in said.complaint
    assert not no_home.exists()


def test_it_says_how_to_install_superset(
    no_home: Path, evergreen: Evergreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVERGREEN_PROJECT", str(tmp_path))
    settings_module.reset()
    said = evergreen("dashboards", "--check")
    assert said.code == 1
    assert "Superset is not installed there: `make dashboards` does it" in said.complaint


def test_superset_is_told_of_the_reader_alone(warehouse: Warehouse, evergreen: Evergreen) -> None:
    said = evergreen("dashboards", "--prepare")
    path = Path(said.out.strip())
    assert path.stat().st_mode & 0o777 == 0o600
    known = json.loads(path.read_text())
    assert set(known) == {"reader_url", "metadata_url", "secret_key", "admin_password"}
    with (
        psycopg.connect(known["reader_url"]) as reader,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        reader.execute("create table marts.x ()")
    with psycopg.connect(known["metadata_url"]) as own:
        own.execute("create table x ()")  # Superset's own tables are its own to change
        with pytest.raises(psycopg.errors.UndefinedTable):
            own.execute("select * from marts.customers")
    evergreen("dashboards", "--prepare")
    assert json.loads(path.read_text()) == known  # sessions outlive a start

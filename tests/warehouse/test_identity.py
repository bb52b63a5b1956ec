"""Which user runs the server."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from evergreen.errors import EvergreenError
from evergreen.warehouse import identity
from evergreen.warehouse.identity import Identity, server_user

NOBODY = pwd.getpwnam("nobody")


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def known(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[str]:
    """Let the machine know these users only; return the list of users that get made."""
    made: list[str] = []

    def find(name: str) -> Identity | None:
        return Identity(name, 4711, 4711, switch=True) if name in names else None

    monkeypatch.setattr(identity, "_existing", find)
    monkeypatch.setattr(identity, "_made", made.append)
    return made


def test_an_ordinary_user_runs_it_personally(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY.pw_uid)

    user = server_user(tmp_path)

    assert (user.name, user.uid, user.switch) == ("nobody", NOBODY.pw_uid, False)


@pytest.mark.usefixtures("as_root")
def test_root_prefers_the_user_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = known(monkeypatch, "evergreen", "nobody")

    assert server_user(tmp_path / "none").name == "evergreen"
    assert made == []


@pytest.mark.usefixtures("as_root")
def test_nobody_must_do_where_no_user_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = known(monkeypatch, "nobody")

    assert server_user(tmp_path / "none").name == "nobody"
    assert made == ["evergreen"]


@pytest.mark.usefixtures("as_root")
def test_without_any_user_it_is_said_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known(monkeypatch)

    with pytest.raises(EvergreenError, match="useradd --system evergreen"):
        server_user(tmp_path / "none")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_root_leaves_a_data_folder_to_its_owner(tmp_path: Path) -> None:
    os.chown(tmp_path, NOBODY.pw_uid, NOBODY.pw_gid)

    assert server_user(tmp_path).name == "nobody"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has groups to lose")
def test_nothing_of_roots_is_left_to_the_server() -> None:
    user = Identity("nobody", NOBODY.pw_uid, NOBODY.pw_gid, switch=True)
    before = os.getgroups()
    os.setgroups([0, 4])
    try:
        answer = user.run(["/bin/sh", "-c", "id -u; id -G; pwd; umask; env | cut -d= -f1 | sort"])
    finally:
        os.setgroups(before)

    ids, rest = answer.stdout.split("\n")[:4], set(answer.stdout.split()[4:])
    assert ids == [str(NOBODY.pw_uid), str(NOBODY.pw_gid), "/", "0077"]
    assert rest <= {"LC_ALL", "PATH", "PWD", "SHLVL", "_", "OLDPWD"}

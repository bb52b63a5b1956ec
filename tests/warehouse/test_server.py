"""The embedded server's life, on real servers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from evergreen import settings
from evergreen.errors import EvergreenError
from evergreen.settings import make_home, password
from evergreen.warehouse import binaries, migrate, postmaster, server
from evergreen.warehouse.connections import Warehouse
from evergreen.warehouse.identity import server_user

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")

IMPORT = "from evergreen.warehouse import server"


def kill(pid: int) -> None:
    """Kill the server as a machine's failure would, and wait until its children have noticed."""
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while postmaster.is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)


def version() -> int:
    """Return the version of the servers that are tested."""
    return settings.settings().postgres_version


def test_starts_answers_and_stops(home: Path) -> None:
    assert not server.is_running()

    running = server.ensure_running()

    assert server.is_running()
    assert server.ensure_running() == running
    assert running.data_folder == home / f"postgres{version()}"
    assert running.version.startswith(f"{version()}.")
    with Warehouse.open().connect("admin") as connection:
        row = connection.execute(
            "select current_setting('server_version'), current_setting('fsync'), "
            "current_setting('full_page_writes'), current_setting('synchronous_commit')"
        ).fetchone()
    assert row == (running.version, "on", "on", "on")

    assert server.stop()
    assert not server.is_running()
    assert not postmaster.is_alive(running.pid)
    assert not server.stop()


def test_is_private_and_sorts_the_same_everywhere(session_warehouse: Warehouse) -> None:
    running = server.ensure_running()

    assert running.host == "127.0.0.1"
    assert running.data_folder.stat().st_mode & 0o777 == 0o700
    assert running.log_folder.stat().st_mode & 0o777 == 0o700
    with session_warehouse.connect("admin") as connection:
        facts = connection.execute(
            """
            select current_setting('server_encoding'), datlocprovider,
                   to_jsonb(pg_database) ->> 'datlocale', lower('Ä'),
                   array(select value from unnest(array['ä', 'B', 'a']) as value order by value),
                   current_setting('listen_addresses'), current_setting('unix_socket_directories'),
                   (select string_agg(distinct auth_method, ',') from pg_hba_file_rules),
                   (select bool_and(rolpassword like 'SCRAM-SHA-256$%') from pg_authid where rolcanlogin),
                   current_setting('data_checksums')
            from pg_database where datname = current_database()
            """
        ).fetchone()
    order = ["B", "a", "ä"]
    # before 17 there is no locale in the server itself; the system's C knows no letters beyond ASCII
    locale = ("b", "C.UTF-8", "ä") if version() >= 17 else ("c", None, "Ä")
    assert facts == ("UTF8", *locale, order, "127.0.0.1", "", "scram-sha-256", True, "on")


def test_a_wrong_password_does_not_open_it(session_warehouse: Warehouse) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(session_warehouse.url("admin").replace(password("admin"), "guess"))


@as_root
def test_root_hands_it_to_an_ordinary_user(session_warehouse: Warehouse) -> None:
    running = server.ensure_running()

    owner = running.data_folder.stat().st_uid
    assert owner != 0
    assert Path(f"/proc/{running.pid}").stat().st_uid == owner
    status = Path(f"/proc/{running.pid}/status").read_text(encoding="ascii")
    groups = next(line for line in status.splitlines() if line.startswith("Groups:"))
    assert groups.split() == ["Groups:"]


def test_keeps_its_port_while_it_can(made_home: Path) -> None:
    first = server.ensure_running()
    server.stop()
    assert server.ensure_running().port == first.port
    server.stop()

    with socket.socket() as somebody:
        somebody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        somebody.bind((first.host, first.port))
        somebody.listen()
        moved = server.ensure_running()

    assert moved.port != first.port
    with Warehouse.open().connect("admin") as connection:
        assert connection.info.port == moved.port


def test_restarts_after_a_crash_with_all_that_was_committed(made_home: Path) -> None:
    warehouse = Warehouse.open()
    with warehouse.connect("admin") as connection:
        connection.execute("create table kept as select 42 as answer")
    running = server.info()
    assert running
    kill(running.pid)
    assert not server.is_running()

    with warehouse.connect("admin") as connection:  # the same object: it finds the server's new process
        row = connection.execute("select answer from kept").fetchone()

    assert row == (42,)
    again = server.info()
    assert again
    assert again.pid != running.pid


def test_a_number_in_the_pid_file_is_not_taken_for_the_server(made_home: Path) -> None:
    running = server.ensure_running()
    pid_file = running.data_folder / "postmaster.pid"
    content = pid_file.read_text(encoding="utf-8")
    server.stop()
    user = server_user(running.data_folder)
    # after a restart of the machine the number may be any process, even one of the server's own user
    command = ["sleep", "60"]
    options = {"user": user.uid, "group": user.gid, "extra_groups": []} if user.switch else {}
    with subprocess.Popen(command, **options) as other:  # type: ignore[call-overload]
        try:
            pid_file.write_text(content.replace(str(running.pid), str(other.pid), 1), encoding="utf-8")
            user.give(pid_file)
            assert not server.is_running()

            assert server.ensure_running().pid != other.pid
        finally:
            other.terminate()


def test_two_that_start_it_at_once_get_the_same(home: Path) -> None:
    command = [sys.executable, "-c", f"{IMPORT}; print(server.ensure_running().pid)"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]

    answers = [process.communicate(timeout=60)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert len(set(answers)) == 1
    running = server.info()
    assert running
    assert answers[0].strip() == str(running.pid)


def test_borrowing_leaves_it_as_it_was_found(made_home: Path) -> None:
    with server.borrowed() as running:
        assert server.is_running()
        with server.borrowed() as same:
            assert same == running
        assert server.is_running()  # the outer one still needs it
    assert not server.is_running()

    server.ensure_running()
    with server.borrowed():
        pass
    assert server.is_running()


def test_who_wants_it_to_stay_up_wins_over_a_borrower(made_home: Path) -> None:
    with server.borrowed():
        subprocess.run([sys.executable, "-c", f"{IMPORT}; server.ensure_running()"], check=True, timeout=60)
    assert server.is_running()


def test_a_deleted_home_is_no_error(home: Path) -> None:
    assert not server.stop()
    assert not home.exists()
    running = server.ensure_running()

    shutil.rmtree(home)

    assert not server.is_running()
    assert server.stop()
    assert not postmaster.is_alive(running.pid)
    assert not home.exists()


def test_a_home_made_anew_ends_the_server_of_the_deleted_one(made_home: Path) -> None:
    old = server.ensure_running()
    shutil.rmtree(made_home)

    new = server.ensure_running()

    assert not postmaster.is_alive(old.pid)
    assert new.pid != old.pid


def test_why_it_does_not_start_is_said_in_one_line(made_home: Path, notes: list[str]) -> None:
    running = server.ensure_running()
    server.stop()
    with (running.data_folder / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("no_such_setting = 1\n")

    with pytest.raises(EvergreenError, match=r"does not start: .*configuration file") as caught:
        server.ensure_running()

    assert "\n" not in str(caught.value)
    assert any("trying once more" in note for note in notes)


def test_a_home_that_cannot_be_made_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.write_text("a file, not a folder", encoding="utf-8")

    with pytest.raises(EvergreenError, match=r"my home: .*set EVERGREEN_HOME"):
        server.ensure_running()


def test_passwords_that_are_gone_are_named(made_home: Path) -> None:
    server.ensure_running()
    server.stop()
    (made_home / "secrets.json").unlink()

    with pytest.raises(EvergreenError, match=r"refuses the password in .*secrets\.json: restore"):
        server.ensure_running()
    assert not server.is_running()


def test_version_16_runs_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERGREEN_POSTGRES_VERSION", "16")
    settings.reset()
    running = server.ensure_running()

    assert running.data_folder == home / "postgres16"
    warehouse = Warehouse.open()
    assert migrate.apply(warehouse)
    with warehouse.connect("reader") as connection:
        row = connection.execute("select current_setting('server_version_num')::int / 10000").fetchone()
    assert row == (16,)


@as_root
def test_a_home_closed_to_the_ordinary_user_keeps_its_data_elsewhere(
    base: Path, use_home: Callable[[str], Path], notes: list[str]
) -> None:
    closed = base / "closed"
    closed.mkdir(mode=0o700)
    home = use_home("closed/home")

    running = server.ensure_running()

    assert running.data_folder.is_relative_to(binaries.SHARED)
    assert any(str(running.data_folder) in note for note in notes)
    assert closed.stat().st_mode & 0o777 == 0o700
    assert not (home / f"postgres{version()}").exists()
    server.stop()
    assert server.ensure_running().data_folder == running.data_folder

    # the home is deleted, its server runs on outside: it can be stopped all the same
    shutil.rmtree(home)
    assert not server.is_running()
    assert server.stop()
    assert not postmaster.is_alive(running.pid)
    assert not home.exists()

    # and a home made anew begins anew
    assert server.ensure_running().data_folder == running.data_folder
    assert any("aside" in note for note in notes)
    assert list(running.data_folder.parent.glob(f"postgres{version()}.orphan-*"))


@as_root
def test_programs_closed_to_the_ordinary_user_are_copied_once(
    base: Path, made_home: Path, monkeypatch: pytest.MonkeyPatch, notes: list[str]
) -> None:
    there = binaries.in_wheel(version())
    wheel, name = there.folder.parent, there.folder.name
    closed = base / "closed environment"
    closed.mkdir(mode=0o700)
    shutil.copytree(there.folder, closed / wheel.name / name)
    libraries = f"{wheel.name}.libs"
    shutil.copytree(wheel.parent / libraries, closed / libraries)
    moved = binaries.Programs(closed / wheel.name / name, there.version)
    monkeypatch.setattr(binaries, "in_wheel", lambda version: moved)
    monkeypatch.setattr(binaries, "SHARED", base / "shared")

    running = server.ensure_running()

    program = Path(f"/proc/{running.pid}/exe").resolve()
    assert program.is_relative_to(base / "shared" / f"postgres-{moved.version}")
    assert any("copied" in note for note in notes)
    server.stop()
    notes.clear()
    server.ensure_running()
    assert not notes
    server.stop()


def test_an_interrupted_initdb_leaves_nothing_behind(home: Path) -> None:
    make_home()
    half = home / f"postgres{version()}.new"
    half.mkdir()
    (half / "PG_VERSION").write_text(f"{version()}\n", encoding="utf-8")

    server.ensure_running()

    assert not half.exists()

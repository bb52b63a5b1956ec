"""`evergreen dashboards`: Apache Superset in its own environment, reading this home as the reader."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evergreen import progress
from evergreen.cli.access import existing_warehouse
from evergreen.cli.services import Ended, end_on_signals
from evergreen.cli.terminal import sink_for
from evergreen.errors import EvergreenError
from evergreen.orchestration.services import free_port
from evergreen.settings import password, settings, write_private_json
from evergreen.warehouse.connections import Warehouse

FIRST_PORT = 8088
_READY_SECONDS = 600  # a busy machine imports Superset slowly
_STOP_SECONDS = 30


def prepare() -> None:
    """Write addresses and secrets for a Superset elsewhere, such as in a container of its own."""
    with existing_warehouse() as warehouse:
        print(_write_settings(warehouse))


def serve(port: int | None) -> None:
    """Run Superset until Ctrl-C or a terminating signal.

    Raises:
        EvergreenError: it is not installed, the port is taken, or it ended.
    """
    end_on_signals()
    try:
        with _running(free_port(port, FIRST_PORT)) as (address, server):
            print(f"Dashboards {address}")
            print(f"Login      admin / {password('dashboards_admin')}")
            print(f"Log        {_log()}")
            print("Stop       Ctrl-C", flush=True)
            server.wait()
            raise EvergreenError(f"Superset ended with exit code {server.returncode}: see {_log()}")
    except Ended:
        print("\nSuperset is stopped.", flush=True)


def check(pictures: Path | None, queries: Path | None) -> int:
    """Run Superset for as long as it takes to open every dashboard in Chromium.

    Args:
        pictures: folder for a picture of each.
        queries: file for the SQL of every chart.

    Returns:
        1 if a chart fails or shows nothing, or anything is asked of another host; else 0.
    """
    options = [("--pictures", pictures), ("--queries", queries)]
    with _running(free_port(None, FIRST_PORT)) as (address, _):
        given = [part for name, path in options if path for part in (name, path.absolute())]
        return _call("check", "--address", address, *given, shown=True)


@contextmanager
def _running(port: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Have Superset running: its address, and its process."""
    _python()
    progress.use(sink_for(sys.stdout))
    address = f"http://127.0.0.1:{port}"
    with existing_warehouse() as warehouse:
        _write_settings(warehouse)
        with progress.step("Preparing Superset"):
            if _call("prepare"):
                raise EvergreenError(f"Superset cannot be prepared: see the end of {_log()}")
        with _log().open("ab") as log:
            server = subprocess.Popen(
                [_python(), "-m", "evergreen_dashboards", "serve", "--port", str(port)],
                cwd=_folder(),
                env=_environment(),
                stdout=log,
                stderr=log,
            )
        try:
            with progress.step("Starting Superset"):
                _wait_for(f"{address}/health", server)
            yield address, server
        finally:
            server.terminate()
            try:
                server.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()


def _write_settings(warehouse: Warehouse) -> Path:
    """Write the one file that Superset reads; its own tables are in a database beside the warehouse."""
    known = {
        "reader_url": warehouse.url("reader"),
        "metadata_url": warehouse.database("superset"),
        "secret_key": password("dashboards_sessions"),
        "admin_password": password("dashboards_admin"),
    }
    folder = settings().home / "dashboards"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "settings.json"
    write_private_json(path, known)
    return path


def _call(*arguments: str | Path, shown: bool = False) -> int:
    """Return the exit code of a command of the dashboards' environment; what it says is shown or logged."""
    with _log().open("ab") as log:
        return subprocess.run(
            [_python(), "-m", "evergreen_dashboards", *arguments],
            cwd=_folder(),
            env=_environment(),
            stdout=None if shown else log,
            stderr=log,
            check=False,
        ).returncode


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise EvergreenError(f"Superset ended with exit code {server.returncode}: see {_log()}")
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - our own address
        except OSError:
            time.sleep(0.3)
        else:
            return
    raise EvergreenError(f"Superset is not ready after {_READY_SECONDS} s: see {_log()}")


def _folder() -> Path:
    return settings().project / "dashboards"


def _python() -> Path:
    program = _folder() / ".venv" / "bin" / "python"
    if not program.exists():
        raise EvergreenError(f"{_folder()}: Superset is not installed there: `make dashboards` does it")
    return program


def _environment() -> dict[str, str]:
    return os.environ | {"EVERGREEN_DASHBOARDS": str(settings().home / "dashboards")}


def _log() -> Path:
    return settings().home / "dashboards" / "superset.log"

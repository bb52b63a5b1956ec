"""Airflow as services of this home: API server, scheduler, DAG processor, as children of one process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from evergreen.errors import EvergreenError
from evergreen.settings import settings

# No triggerer: no task defers. No log server: the API server reads the files itself.
COMPONENTS: dict[str, tuple[str, ...]] = {
    "api-server": (),
    "dag-processor": (),
    "scheduler": ("--skip-serve-logs",),
}
FIRST_PORT = 8080
READY_SECONDS = 180
STOP_SECONDS = 30

# A component ends with its parent, and takes its own children along, also where the parent was killed.
_AIRFLOW = (
    sys.executable,
    "-c",
    "import os, signal, threading\n"
    "def end(): os.read(0, 1); os.killpg(0, signal.SIGTERM)\n"
    "threading.Thread(target=end, daemon=True).start()\n"
    "from airflow.__main__ import main; main()",
)


@dataclass
class Services:
    """The running components of Airflow."""

    port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    logs: list[TextIO] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the web pages are."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start every component and wait until they work.

        Raises:
            EvergreenError: one ended, or it takes too long.
        """
        _state_file().write_text(json.dumps({"pid": os.getpid(), "port": self.port}), encoding="utf-8")
        self._start("api-server")
        self._start("dag-processor")
        # tasks report to the API server: one that finds nobody there counts as failed
        self._wait_for("metadatabase")
        self._start("scheduler")
        self._wait_for("scheduler", "dag_processor")

    def _start(self, name: str) -> None:
        """Start a component in a session of its own, its output in a file below Airflow's logs."""
        log = log_of(name).open("a", encoding="utf-8")
        self.logs.append(log)
        self.processes[name] = subprocess.Popen(
            [*_AIRFLOW, name, *COMPONENTS[name]],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _wait_for(self, *parts: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            self.check()
            if _are_healthy(self.address, parts):
                return
            time.sleep(0.3)
        raise EvergreenError(f"Airflow is not ready after {READY_SECONDS} s: see {log_of('*')}")

    def check(self) -> None:
        """Make sure that every component still runs.

        Raises:
            EvergreenError: one ended.
        """
        for name, process in self.processes.items():
            code = process.poll()
            if code is not None:
                raise EvergreenError(f"Airflow's {name} ended with exit code {code}: see {log_of(name)}")

    def stop(self) -> None:
        """Stop every component, and what it started."""
        for process in self.processes.values():
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()
            # whatever the component left behind in its session
            _signal(process, signal.SIGKILL)
        for log in self.logs:
            log.close()
        if (running() or {}).get("pid") == os.getpid():
            _state_file().unlink()


def log_of(component: str) -> Path:
    """Return the file to which a component writes."""
    return settings().airflow_home / "logs" / f"{component}.log"


def free_port(wanted: int | None, first: int = FIRST_PORT) -> int:
    """Return the port that is wanted, or the first free one from `first` on.

    Raises:
        EvergreenError: the wanted one is taken.
    """
    if wanted is not None:
        if not _is_free(wanted):
            raise EvergreenError(f"--port {wanted}: is taken by another program: choose another one")
        return wanted
    for port in range(first, first + 100):
        if _is_free(port):
            return port
    raise EvergreenError(f"no port from {first} to {first + 99} is free: choose one with --port")


def running() -> dict[str, int] | None:
    """Return pid and port of the `evergreen serve` of this home, None if none is running."""
    try:
        known: dict[str, int] = json.loads(_state_file().read_text(encoding="utf-8"))
        os.kill(known["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    return known


def refuse_beside(why: str) -> None:
    """Make sure that no `evergreen serve` is at work on this home.

    Raises:
        EvergreenError: one is; `why` says what stands against it.
    """
    if running():
        raise EvergreenError(f"Airflow is running on this home (`evergreen serve`) {why}")


def end_running() -> bool:
    """Stop the `evergreen serve` of this home; return whether one was running.

    Raises:
        EvergreenError: it does not stop.
    """
    known = running()
    if known is None:
        return False
    os.kill(known["pid"], signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS + 10
    while running() and time.monotonic() < deadline:
        time.sleep(0.1)
    if running():
        raise EvergreenError(
            f"Airflow (process {known['pid']}) does not stop: see {log_of('*')}, or end that process"
        )
    return True


def _state_file() -> Path:
    return settings().airflow_home / "serve.json"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _are_healthy(address: str, parts: tuple[str, ...]) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/api/v2/monitor/health", timeout=5) as answer:  # noqa: S310
            health: dict[str, Any] = json.load(answer)
    except (OSError, ValueError, urllib.error.URLError):
        return False
    return all((health.get(name) or {}).get("status") == "healthy" for name in parts)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return

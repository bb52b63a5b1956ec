"""`evergreen serve` as a process of its own, and its API as a person's browser uses it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.home import COMMAND

START_SECONDS = 240


@dataclass
class Serving:
    """A running `evergreen serve`."""

    process: subprocess.Popen[str]
    home: Path
    address: str
    user: str
    password: str

    def ask(self, path: str, body: dict[str, Any] | None = None, token: str = "") -> Any:
        """Return what the API answers to a question, or with a body to an order."""
        request = urllib.request.Request(
            f"{self.address}{path}",
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def token(self) -> str:
        """Log in."""
        answer = self.ask("/auth/token", {"username": self.user, "password": self.password})
        return str(answer["access_token"])

    def trigger(self, dag: str) -> None:
        """Ask for a run of a DAG."""
        self.ask(f"/api/v2/dags/{dag}/dagRuns", {"logical_date": None}, self.token())

    def runs(self, dag: str) -> list[dict[str, Any]]:
        """Return the runs of a DAG, oldest first."""
        answer = self.ask(f"/api/v2/dags/{dag}/dagRuns?limit=100&order_by=id", token=self.token())
        runs: list[dict[str, Any]] = answer["dag_runs"]
        return runs

    def components(self) -> dict[int, str]:
        """Return the components' process ids, each the leader of its session, with their command lines."""
        parent = json.loads((self.home / "airflow" / "serve.json").read_text())["pid"]
        return {
            pid: Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
            for pid, ppid, sid in _processes()
            if ppid == parent and pid == sid
        }

    def children(self) -> list[int]:
        """Return every process in the sessions of the components."""
        sessions = self.components()
        return [pid for pid, _, sid in _processes() if sid in sessions]

    def kill_scheduler(self) -> None:
        """Kill -9 the scheduler alone; what it has started is for others to end."""
        [scheduler] = [pid for pid, said in self.components().items() if " scheduler " in said]
        os.kill(scheduler, signal.SIGKILL)


@contextmanager
def serving(home: Path, environment: Mapping[str, str]) -> Iterator[Serving]:
    """Start the command and wait until it says where Airflow is; stop it at the end, if it still runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", str(port)],
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout
        said = ""
        deadline = time.monotonic() + START_SECONDS
        while "Stop " not in said and time.monotonic() < deadline:
            line = process.stdout.readline()
            if not line:
                break
            said += line
        found = re.search(r"Airflow +(http://127\.0\.0\.1:\d+)\nLogin +(\w+) / (\S+)\n", said)
        assert found, said
        yield Serving(process, home, *found.groups())
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def _processes() -> Iterator[tuple[int, int, int]]:
    """Yield process id, parent and session of every process."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, ppid, _, sid = stat.read_text().rpartition(") ")[2].split()[:4]
        except OSError:
            continue  # it has ended meanwhile
        yield int(stat.parent.name), int(ppid), int(sid)

"""`evergreen serve`: scheduler and web pages, on this machine only, and nothing left when it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evergreen.warehouse.connections import Warehouse

START_SECONDS = 240
RUN_SECONDS = 240


@dataclass
class Serving:
    """A running `evergreen serve`."""

    process: subprocess.Popen[str]
    address: str
    user: str
    password: str

    def ask(self, path: str, body: dict[str, str] | None = None, token: str = "") -> Any:
        request = urllib.request.Request(
            f"{self.address}{path}",
            data=json.dumps(body).encode() if body else None,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def token(self) -> str:
        answer = self.ask("/auth/token", {"username": self.user, "password": self.password})
        return str(answer["access_token"])

    def children(self) -> list[int]:
        """Every process in the sessions of the components."""
        state = Path(os.environ["EVERGREEN_HOME"]) / "airflow" / "serve.json"
        parent = json.loads(state.read_text())["pid"]
        rows = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            _, ppid, _, sid = stat.read_text().rpartition(") ")[2].split()[:4]
            rows.append((int(stat.parent.name), int(ppid), int(sid)))
        sessions = {pid for pid, ppid, sid in rows if ppid == parent and pid == sid}
        return [pid for pid, _, sid in rows if sid in sessions]


@pytest.fixture(scope="module")
def serving(session_warehouse: Warehouse) -> Iterator[Serving]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "evergreen.cli", "serve", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
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
    try:
        yield Serving(process, *found.groups())
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


@pytest.mark.slow
def test_the_login_lets_in_and_nothing_else_does(serving: Serving) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401"):
        serving.ask("/api/v2/dags")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        serving.ask("/auth/token", {"username": serving.user, "password": "guessed"})
    dags = serving.ask("/api/v2/dags", token=serving.token())["dags"]
    assert {"build_marts", "load_shop", "maintain_warehouse"} <= {dag["dag_id"] for dag in dags}
    assert not any(dag["is_paused"] for dag in dags)


@pytest.mark.slow
def test_our_pages_are_in_the_navigation(serving: Serving) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{serving.address}/evergreen/gates", timeout=30)
    token = serving.token()
    [plugin] = [p for p in serving.ask("/api/v2/plugins", token=token)["plugins"] if p["name"] == "evergreen"]
    shown = {view["href"] for view in plugin["external_views"] if view["destination"] == "nav"}
    assert shown == {"/evergreen/release", "/evergreen/gates"}
    asked = urllib.request.Request(
        f"{serving.address}/evergreen/gates", headers={"Cookie": f"_token={token}"}
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        assert "What the gates found" in answer.read().decode()


@pytest.mark.slow
def test_the_scheduler_runs_the_dags(serving: Serving) -> None:
    """Sources that are not active are skipped; the upkeep has nothing to do, and does it."""
    token = serving.token()
    deadline = time.monotonic() + RUN_SECONDS
    for dag in ("maintain_warehouse", "load_shop"):
        states = {"queued"}
        while states & {"queued", "running"} or not states:
            assert time.monotonic() < deadline, f"{dag}: {states}"
            time.sleep(1)
            runs = serving.ask(f"/api/v2/dags/{dag}/dagRuns", token=token)["dag_runs"]
            states = {run["state"] for run in runs}
        assert states == {"success"}, dag
    tasks = serving.ask("/api/v2/dags/load_shop/dagRuns/~/taskInstances", token=token)["task_instances"]
    assert {task["state"] for task in tasks} == {"skipped"}


@pytest.mark.slow
def test_a_run_beside_the_scheduler_is_refused(serving: Serving) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evergreen.cli", "run"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Airflow is running on this home" in done.stderr
    again = subprocess.run(
        [sys.executable, "-m", "evergreen.cli", "serve"], capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert f"Airflow is running already at {serving.address}" in again.stderr


@pytest.mark.slow
def test_a_signal_stops_everything(serving: Serving) -> None:
    """The last test of this module: it ends what the others used."""
    children = serving.children()
    assert len(children) >= 3
    serving.process.send_signal(signal.SIGTERM)
    assert serving.process.wait(60) == 0
    left = [pid for pid in children if Path(f"/proc/{pid}").exists()]
    assert not [pid for pid in left if Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(serving.address.rpartition(":")[2])), timeout=5)

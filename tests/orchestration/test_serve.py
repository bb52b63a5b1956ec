"""`evergreen serve`: scheduler and web pages, on this machine only, and nothing left when it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.serving import Serving, serving
from evergreen.warehouse.connections import Warehouse

RUN_SECONDS = 240


@pytest.fixture(scope="module", name="serving")
def served(session_warehouse: Warehouse) -> Iterator[Serving]:
    with serving(Path(os.environ["EVERGREEN_HOME"]), os.environ) as running:
        yield running


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

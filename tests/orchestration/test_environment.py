"""Airflow's settings of a home."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from evergreen import settings
from evergreen.errors import EvergreenError
from evergreen.orchestration import services
from evergreen.orchestration.environment import airflow_environment

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""
METADATA = "postgresql://airflow:se%40cret@127.0.0.1:5432/airflow"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVERGREEN_HOME", str(tmp_path / "a home"))
    settings.reset()
    return tmp_path / "a home"


def test_everything_lies_in_the_home_and_answers_on_this_machine_only(home: Path) -> None:
    environment = airflow_environment(METADATA, port=8123)
    assert environment["AIRFLOW_HOME"] == str(home / "airflow")
    assert environment["AIRFLOW__LOGGING__BASE_LOG_FOLDER"].startswith(str(home))
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8123/execution/"
    assert environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == METADATA.replace(
        "postgresql://", "postgresql+psycopg2://"
    )


def test_secrets_are_made_once_and_are_each_home_s_own(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY"]

    def secrets() -> list[str]:
        environment = airflow_environment(METADATA)
        return [environment[name] for name in names]

    first = secrets()
    assert len(base64.urlsafe_b64decode(first[0])) == 32
    assert len(set(first)) == 3
    settings.reset()
    assert secrets() == first
    monkeypatch.setenv("EVERGREEN_HOME", f"{home} 2")
    settings.reset()
    assert not set(secrets()) & set(first)


def test_a_port_that_is_taken(home: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(EvergreenError, match=f"--port {port}: is taken"):
            services.free_port(port)
    assert services.free_port(port) == port
    assert services.free_port(None) >= services.FIRST_PORT


def test_what_does_not_stop_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "STOP_SECONDS", -10)
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as stubborn:
        assert stubborn.stdout and stubborn.stdout.readline()
        state = home / "airflow" / "serve.json"
        state.parent.mkdir(parents=True, exist_ok=True)
        state.write_text(json.dumps({"pid": stubborn.pid, "port": 8080}))
        with pytest.raises(EvergreenError, match=f"process {stubborn.pid}.* does not stop"):
            services.end_running()
        services.Services(8080).stop()  # it never started anything, and takes nobody's place
        assert services.running() == {"pid": stubborn.pid, "port": 8080}
        stubborn.kill()
    assert services.running() is None


def test_nothing_serves_a_home_that_is_not_there(home: Path) -> None:
    assert services.running() is None
    assert services.end_running() is False

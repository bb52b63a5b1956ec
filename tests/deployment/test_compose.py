"""What docker-compose.yml promises: limits, health checks, secrets from files, commands that exist."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.home import COMMAND

PROJECT = Path(__file__).resolve().parents[2]
Service = dict[str, Any]


def deployment() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text("utf-8"))
    return content


SERVICES: dict[str, Service] = deployment()["services"]
OURS = {name: service for name, service in SERVICES.items() if "evergreen" in service["image"].lower()}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_limits_and_says_whether_it_is_well(name: str) -> None:
    service = SERVICES[name]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    if service["restart"] == "no":
        waiting = [other for other in SERVICES.values() if name in other.get("depends_on", {})]
        assert waiting
        for other in waiting:
            assert other["depends_on"][name]["condition"] == "service_completed_successfully"
    else:
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


def test_secrets_come_from_files_alone(tmp_path: Path) -> None:
    """The files that are declared are those that make-secrets writes; no variable holds a password."""
    made = [PROJECT / "deploy" / "make-secrets", tmp_path / "secrets"]
    subprocess.run(made, check=True, capture_output=True)
    files = {path.name: path.read_text("utf-8") for path in (tmp_path / "secrets").iterdir()}
    declared = {Path(secret["file"].partition("}/")[2]).name for secret in deployment()["secrets"].values()}
    assert declared == set(files)
    assert files["postgres_password"] in files["evergreen_database_url"]
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    subprocess.run(made, check=True, capture_output=True)  # never makes them anew
    assert files == {path.name: path.read_text("utf-8") for path in (tmp_path / "secrets").iterdir()}
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            assert variable.endswith("_FILE") or not {"PASSWORD", "SECRET", "KEY"} & set(variable.split("_"))
            assert "://" not in value or "@" not in value


def test_no_port_is_open_to_other_machines() -> None:
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_image_is_made_of_what_is_there() -> None:
    """What the Dockerfile copies is neither left out by .dockerignore nor gone."""
    allowed = {
        line[1:]
        for line in (PROJECT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    copied = [
        line.split()[1:-1]
        for file in (PROJECT / "deploy").glob("Dockerfile*")
        for line in file.read_text("utf-8").splitlines()
        if line.startswith("COPY ") and "--from" not in line
    ]
    assert copied
    for name in (name for names in copied for name in names):
        assert name.partition("/")[0] in allowed
        assert (PROJECT / name).exists()


@pytest.mark.skipif(
    not (shutil.which("docker-compose")), reason="docker-compose is not installed: it would judge the file"
)
@pytest.mark.parametrize(
    "profile", [[], ["--profile", "celery"], ["--profile", "dashboards"], ["--profile", "*"]]
)
def test_compose_takes_the_file(profile: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        ["docker-compose", *profile, "config", "--services"],
        cwd=PROJECT,
        env=os.environ | {"EVERGREEN_SECRETS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    asked = {"*"} & set(profile) or set(profile[1:])
    wanted = {
        name
        for name, service in SERVICES.items()
        if "profiles" not in service or "*" in asked or asked & set(service["profiles"])
    }
    assert set(done.stdout.split()) >= wanted


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of the services, host names and port of this machine in place of the network's."""
    folder = Path("/tmp") / f"evergreen deployment-{os.getpid()}"
    folder.mkdir(mode=0o711)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    there = {name: value for name, value in OURS["scheduler"]["environment"].items() if "${" not in value}
    here = {
        name: value.replace("api-server:8080", f"127.0.0.1:{port}").replace("0.0.0.0", "127.0.0.1")
        for name, value in there.items()
    }
    own = {k: v for k, v in os.environ.items() if not k.startswith(("EVERGREEN_", "AIRFLOW"))}
    environment = own | here | {"EVERGREEN_HOME": str(folder), "AIRFLOW__API__PORT": port}
    try:
        yield environment
    finally:
        subprocess.run([COMMAND, "stop"], env=environment, capture_output=True, check=False)
        shutil.rmtree(folder)


@pytest.mark.slow
def test_the_services_work_together(home: dict[str, str]) -> None:
    """`init` ends well, the others find each other: Airflow calls all of them healthy."""
    subprocess.run(
        [COMMAND, *OURS["init"]["command"]], env=home, check=True, capture_output=True, timeout=300
    )
    services = {
        name: subprocess.Popen(
            [COMMAND, *service["command"]],
            env=home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for name, service in OURS.items()
        if name != "init" and "profiles" not in service
    }
    address = f"http://127.0.0.1:{home['AIRFLOW__API__PORT']}/api/v2/monitor/health"
    wanted = {"metadatabase", "scheduler", "dag_processor", "triggerer"}
    healthy: set[str] = set()
    try:
        deadline = time.monotonic() + 300
        while healthy < wanted and time.monotonic() < deadline:
            time.sleep(1)
            assert {name: service.poll() for name, service in services.items()} == dict.fromkeys(services)
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    said = json.load(answer)
            except OSError:
                continue
            healthy = {part for part in wanted if (said.get(part) or {}).get("status") == "healthy"}
        assert healthy == wanted
    finally:
        for service in services.values():
            os.killpg(service.pid, signal.SIGTERM)
        for service in services.values():
            try:
                service.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(service.pid, signal.SIGKILL)
                service.wait()


def test_every_command_is_one_of_airflow() -> None:
    """Those of the profile `celery` come with an extra, which the tests do without."""
    plain = [service for service in OURS.values() if "profiles" not in service]
    checks = [service["healthcheck"]["test"] for service in plain if "healthcheck" in service]
    called = [service["command"] for service in plain]
    called += [check[2:] for check in checks if check[1] == "evergreen"]
    assert all(command[0] == "airflow" for command in called)
    program = (
        "import json, sys\n"
        "from airflow.cli.cli_parser import get_parser\n"
        "for command in json.loads(sys.argv[1]): get_parser().parse_args(command[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(called)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

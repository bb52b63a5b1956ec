"""Settings for small and large machines, and how small a container is."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.warehouse import machine, tuning

GIGABYTE = 2**30


@pytest.mark.parametrize(
    ("gigabytes", "cores", "shared_buffers", "work_mem", "per_gather"),
    [(1, 1, "256MB", "16MB", "0"), (8, 2, "2048MB", "64MB", "1"), (64, 16, "8192MB", "256MB", "4")],
)
def test_grows_with_the_machine(
    gigabytes: int, cores: int, shared_buffers: str, work_mem: str, per_gather: str
) -> None:
    settings = tuning.fitted(gigabytes * GIGABYTE, cores, 500 * GIGABYTE, 8 * GIGABYTE)

    assert settings["shared_buffers"] == shared_buffers
    assert settings["work_mem"] == work_mem
    assert settings["max_parallel_workers_per_gather"] == per_gather
    assert settings["max_wal_size"] == "8192MB"
    assert not {"fsync", "full_page_writes", "synchronous_commit"} & settings.keys()
    assert "dynamic_shared_memory_type" not in settings


def test_a_small_disk_and_a_containers_shared_memory_are_respected() -> None:
    settings = tuning.fitted(8 * GIGABYTE, 2, 10 * GIGABYTE, 64 * 2**20)

    assert settings["max_wal_size"] == "1024MB"
    assert settings["dynamic_shared_memory_type"] == "sysv"


@pytest.fixture
def control_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(machine, "_CGROUPS", tmp_path)
    monkeypatch.setattr(machine, "_MEMBERSHIPS", tmp_path / "memberships")
    return tmp_path


def test_a_containers_limits_bind_wherever_they_are_set(control_groups: Path) -> None:
    inner = control_groups / "slice" / "container"
    inner.mkdir(parents=True)
    (control_groups / "memberships").write_text("0::/slice/container\n", encoding="ascii")
    (inner / "memory.max").write_text("max\n", encoding="ascii")
    (inner.parent / "memory.max").write_text(f"{GIGABYTE // 2}\n", encoding="ascii")
    (inner / "cpu.max").write_text("50000 100000\n", encoding="ascii")

    assert machine.memory_bytes() == GIGABYTE // 2
    assert machine.cores() == 1


def test_limits_of_the_older_kind_bind_too(control_groups: Path) -> None:
    for controller in ("memory", "cpu,cpuacct"):
        (control_groups / controller).mkdir()
    (control_groups / "memberships").write_text("4:memory:/\n1:cpu,cpuacct:/\n", encoding="ascii")
    (control_groups / "memory" / "memory.limit_in_bytes").write_text(f"{GIGABYTE // 4}\n", encoding="ascii")
    (control_groups / "cpu,cpuacct" / "cpu.cfs_quota_us").write_text("100000\n", encoding="ascii")
    (control_groups / "cpu,cpuacct" / "cpu.cfs_period_us").write_text("100000\n", encoding="ascii")

    assert machine.memory_bytes() == GIGABYTE // 4
    assert machine.cores() == 1


def test_no_limit_means_the_whole_machine(control_groups: Path) -> None:
    assert machine.memory_bytes() > GIGABYTE // 4
    assert machine.cores() >= 1

"""How much memory and how many cores this process may use, containers' limits included."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_MEMBERSHIPS = Path("/proc/self/cgroup")


def memory_bytes() -> int:
    """Return the bytes of memory this process may use: the machine's, or a container's."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [*_numbers("memory", "memory.max"), *_numbers("memory", "memory.limit_in_bytes")]
    return min([total, *(limit for limit in limits if limit > 0)])


def cores() -> int:
    """Return how many cores this process may use: its affinity, or a container's quota if that is less."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [-(-quota // period) for quota, period in _quotas() if quota > 0 and period > 0]
    return max(1, min([available, *quotas]))


def _quotas() -> Iterator[tuple[int, int]]:
    for folder in _folders("cpu"):
        parts = _read(folder / "cpu.max").split()
        if len(parts) == 2 and parts[0].isdigit():
            yield int(parts[0]), int(parts[1])
        quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
        if quota.isdigit() and period.isdigit():
            yield int(quota), int(period)


def _numbers(controller: str, file: str) -> Iterator[int]:
    for folder in _folders(controller):
        if (text := _read(folder / file)).isdigit():
            yield int(text)


def _folders(controller: str) -> Iterator[Path]:
    """Yield the control groups this process is in, innermost first: a limit on any of them binds."""
    for line in _read(_MEMBERSHIPS).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        root = _CGROUPS / controllers if controllers else _CGROUPS
        inner = root / path.lstrip("/")
        yield from (folder for folder in (inner, *inner.parents) if folder.is_relative_to(root))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""

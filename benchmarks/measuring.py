"""What a benchmark says of a step: wall and CPU seconds, memory, and what the database did meanwhile."""

from __future__ import annotations

import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results")
_TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def home(kept: Path | None = None) -> Iterator[Path]:
    """Have an EVERGREEN_HOME below a folder, which is yielded; at the end its server is stopped.

    Args:
        kept: the folder, which stays; None = one of its own, which goes.
    """
    folder = kept or Path(tempfile.mkdtemp(prefix="evergreen-benchmark-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)  # the server's ordinary user passes through
    os.environ["EVERGREEN_HOME"] = str(folder / "home")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in the tasks: orchestration/environment.py
    from evergreen.warehouse import server

    try:
        yield folder
    finally:
        server.stop()
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Cost:
    """What a step cost.

    seconds: wall clock.
    python_cpu_seconds, python_peak_megabytes: of its process and of those it waited for; the largest of them.
    database_cpu_seconds: of sessions that ended meanwhile, parallel workers included.
    temporary_megabytes: what these sessions wrote to temporary files.
    """

    seconds: float = 0.0
    python_cpu_seconds: float = 0.0
    python_peak_megabytes: int = 0
    database_cpu_seconds: float = 0.0
    temporary_megabytes: int = 0

    def rounded(self, digits: int = 1) -> dict[str, float]:
        """Return the figures as they are published."""
        return {name: round(value, digits) for name, value in asdict(self).items()}


@contextmanager
def database_watched(cost: Cost) -> Iterator[None]:
    """Add to `cost` what the embedded server does while the context lasts."""
    from evergreen.warehouse import server

    running = server.ensure_running()
    began, cpu, temporary = time.monotonic(), _children_cpu(running.pid), _temporary_bytes()
    yield
    time.sleep(0.2)  # until the server has counted the sessions that have just ended
    cost.seconds += time.monotonic() - began - 0.2
    cost.database_cpu_seconds += _children_cpu(running.pid) - cpu
    cost.temporary_megabytes += round((_temporary_bytes() - temporary) / 1e6)


@contextmanager
def watched(cost: Cost) -> Iterator[None]:
    """Add to `cost` what this process and the embedded server do while the context lasts.

    The peak of memory is that of the process so far.
    """
    began = time.process_time()
    with database_watched(cost):
        yield
        used = time.process_time() - began
    cost.python_cpu_seconds += used
    cost.python_peak_megabytes = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def median(costs: Sequence[Cost]) -> Cost:
    """Return the median of each figure of several runs."""
    return Cost(**{name: statistics.median(getattr(cost, name) for cost in costs) for name in vars(Cost())})


def import_judge() -> float:
    """Import Great Expectations, which every gate needs and no run counts; return the seconds it took."""
    began = time.perf_counter()
    import great_expectations  # noqa: F401

    return time.perf_counter() - began


def run(command: Sequence[str | Path]) -> tuple[Cost, str]:
    """Run a command in a process of its own; return what it cost and what it printed.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    cost, (printed,) = run_side_by_side([command])
    return cost, printed


def run_side_by_side(commands: Sequence[Sequence[str | Path]]) -> tuple[Cost, list[str]]:
    """Run commands at the same time, each in a process of its own; return their cost and what each printed.

    The seconds are those until the last one ends, CPU seconds those of all, the peak that of the largest.

    Raises:
        subprocess.CalledProcessError: one failed; all have ended.
    """
    cost = Cost()
    with database_watched(cost):
        processes = [
            subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
            for command in commands
        ]
        printed = [_ended(process, cost) for process in processes]
    for process, said in zip(processes, printed, strict=True):
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, process.args, said)
    return cost, printed


def _ended(process: subprocess.Popen[str], cost: Cost) -> str:
    """Wait for a process, add what it used to `cost`, and return what it printed."""
    assert process.stdout
    printed = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    cost.python_cpu_seconds += used.ru_utime + used.ru_stime
    cost.python_peak_megabytes = max(cost.python_peak_megabytes, round(used.ru_maxrss / 1024))
    return printed


def rows(query: str) -> list[tuple[Any, ...]]:
    """Return what the warehouse answers its administrator."""
    from evergreen.warehouse.connections import Warehouse

    with Warehouse.open().connect("admin") as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload]


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    from evergreen.warehouse.machine import cores, memory_bytes

    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return {
        "processor": found[1] if found else platform.machine(),
        "cores": cores(),
        "memory_gigabytes": round(memory_bytes() / 2**30),
        "postgres": rows("show server_version")[0][0],
        "python": platform.python_version(),
        "load_average_before": round(os.getloadavg()[0], 1),
        "date": datetime.now(UTC).date().isoformat(),
    }


def keep(name: str, figures: dict[str, Any]) -> Path:
    """Write figures to `results/<name>.json`."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return path


def table(header: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    """Return a Markdown table; numbers stand on the right."""
    rule = ["---", *("---:" for _ in header[1:])]
    shown = [[f"{cell:,}" if isinstance(cell, int | float) else str(cell) for cell in line] for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in [list(header), rule, *shown])


def _children_cpu(pid: int) -> float:
    """Return CPU seconds of the ended children of a process."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(after_name[13]) + int(after_name[14])) / _TICKS


def _temporary_bytes() -> int:
    return int(rows("select temp_bytes from pg_stat_database where datname = current_database()")[0][0])

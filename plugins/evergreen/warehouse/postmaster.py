"""The running server as a process: found by its data folder, alive or not, and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evergreen.errors import EvergreenError

_PROC = Path("/proc")


@dataclass(frozen=True)
class Postmaster:
    """The server process that holds a data folder."""

    pid: int
    port: int
    ready: bool


def of(data: Path) -> Postmaster | None:
    """Return the living server of the data folder `data`, None if there is none.

    `postmaster.pid` alone proves nothing: it outlives a killed server, and its number may meanwhile be
    another process.
    """
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    if not _is_postgres(pid, data):
        return None
    port = int(lines[3]) if len(lines) > 3 and lines[3].isdigit() else 0
    return Postmaster(pid, port, ready=len(lines) > 7 and lines[7].strip() == "ready")


def forget_dead(data: Path) -> None:
    """Remove the `postmaster.pid` of a server that is gone, so that the next one starts.

    PostgreSQL does so itself, but not where the number is now another process of the same user or a
    process nobody has reaped. Children that survive a killed server still keep the next one from
    starting: they hold its shared memory, which PostgreSQL checks.
    """
    if of(data) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)


def without_data(data: Path) -> list[int]:
    """Return the servers that still run although their data folder, once at `data`, was deleted."""
    gone = f"{data.resolve()} (deleted)"
    return [pid for pid in _processes() if _link(pid, "cwd") == gone and _command(pid).startswith(b"/")]


def end(pid: int, *, how: signal.Signals = signal.SIGINT, seconds: float = 60) -> None:
    """End the server `pid` (SIGINT: fast shutdown) and wait for it; after `seconds` without asking further.

    Raises:
        EvergreenError: the server belongs to another user.
    """
    for send in (how, signal.SIGQUIT, signal.SIGKILL):
        try:
            os.kill(pid, send)
        except ProcessLookupError:
            return
        except PermissionError:
            raise EvergreenError(
                f"the server (process {pid}) was started by another user: stop it as that user, or as root"
            ) from None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not is_alive(pid):
                return
            time.sleep(0.02)
        seconds = 10


def _is_postgres(pid: int, data: Path) -> bool:
    if not is_alive(pid):
        return False
    if _PROC.is_dir():
        folder = _link(pid, "cwd")
        # another user's folder is not shown to us; the name of the program is
        return folder == str(data.resolve()) if folder else b"postgres" in _command(pid)
    command = ["ps", "-o", "command=", "-p", str(pid)]
    return "postgres" in subprocess.run(command, capture_output=True, text=True, check=False).stdout


def is_alive(pid: int) -> bool:
    """Tell whether the process `pid` runs; one that is dead and only not reaped yet does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return not _PROC.is_dir()
    return state.rpartition(")")[2].split()[0] not in "ZX"  # dead, but its parent has not asked yet


def _processes() -> Iterator[int]:
    if _PROC.is_dir():
        yield from (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())


def _link(pid: int, name: str) -> str:
    try:
        return str((_PROC / str(pid) / name).readlink())
    except OSError:
        return ""


def _command(pid: int) -> bytes:
    # the server's children overwrite theirs with "postgres: <what they do>"
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""

"""Faults: what strikes a run, and where on its way."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from evergreen.warehouse import cluster, server
from evergreen.warehouse.connections import Connection, Warehouse
from evergreen.warehouse.identity import server_user

# phase → the function at whose beginning a fault strikes: each in the middle of its phase's transaction
PHASES = {
    "copy": ("evergreen.loading.landing", "_copy"),
    "gate": ("evergreen.loading.gate", "_count"),
    "promotion": ("evergreen.loading.promotion", "_account"),
    "build": ("faults.pipeline", "make_mart"),
    "release": ("evergreen.publishing.publish", "_run"),
}
# … and functions at whose end everything of the phase is committed, and nobody was told yet
COMMITTED = {
    "copy": ("evergreen.loading.landing", "_land_one"),
    "gate": ("evergreen.loading.gate", "_record"),
    "promotion": ("evergreen.loading.promotion", "_promote_table"),
    "build": ("faults.pipeline", "build"),
    "release": ("evergreen.publishing.publish", "_patiently"),
}
KINDS = ("process", "backend", "server", "connection", "disk")
_SMALL_FILE = 8192  # bytes that a file may have, once the disk is full
MISSED = 99
"""Exit code of a run whose fault could not strike."""


@dataclass(frozen=True)
class Fault:
    """A fault of a kind, in or right after a phase.

    process: kill -9 of the process that runs. backend: kill -9 of the server process that works for it, upon
    which the server ends all others and recovers. server: kill -9 of the postmaster. connection: the session
    is terminated. disk: no file may grow any more.
    """

    phase: str
    kind: str
    committed: bool = False

    def __str__(self) -> str:
        return f"{self.kind}-{'after' if self.committed else 'in'}-{self.phase}"

    def arm(self) -> None:
        """Let it strike this process when it comes there, once."""
        name, function = (COMMITTED if self.committed else PHASES)[self.phase]
        module = importlib.import_module(name)
        setattr(module, function, self._wrapped(getattr(module, function)))

    def _wrapped(self, original: Callable[..., Any]) -> Callable[..., Any]:
        struck = False

        def wrapper(connection: Connection, *arguments: Any, **named: Any) -> Any:
            nonlocal struck
            if self.committed:
                result = original(connection, *arguments, **named)
            if not struck:
                struck = True
                print(f"{self} strikes", file=sys.stderr)
                self._strike(connection)
            return result if self.committed else original(connection, *arguments, **named)

        return wrapper

    def _strike(self, connection: Connection) -> None:
        try:
            strike(self.kind, connection)
        except Exception:
            traceback.print_exc()
            os._exit(MISSED)  # a run that fails for this has shown nothing


def strike(kind: str, connection: Connection) -> None:
    """Let a fault of this kind happen to this process or to its connection."""
    backend = connection.info.backend_pid
    if kind == "process":
        os.kill(os.getpid(), signal.SIGKILL)
    elif kind == "backend":
        os.kill(backend, signal.SIGKILL)
    elif kind == "server":
        running = server.info()
        assert running
        os.kill(running.pid, signal.SIGKILL)
        _wait_for_the_end(connection)
    elif kind == "connection":
        with Warehouse.open().connect("admin", autocommit=True) as admin:
            admin.execute("select pg_terminate_backend(%s, 5000)", [backend])
    elif kind == "disk":
        fill_disk(backend)
    else:
        raise ValueError(kind)


def fill_disk(backend: int) -> None:
    """Let the server process write nothing beyond the first block of any file from now on.

    That is how a full disk looks to it: tables cannot grow, and the log of transactions cannot be written.
    """
    place = cluster.found()
    assert place
    # as the server's user, who may not be able to run our Python
    limit = ["prlimit", "--pid", str(backend), f"--fsize={_SMALL_FILE}:unlimited"]
    done = server_user(place.data).run(limit)
    if done.returncode:
        raise RuntimeError(done.stderr)


def _wait_for_the_end(connection: Connection) -> None:
    """Wait until the server process has noticed that the postmaster is gone: it does when it is idle."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            connection.execute("select pg_sleep(0.05)")
        except psycopg.Error:
            return

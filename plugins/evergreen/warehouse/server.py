"""The embedded PostgreSQL server of a home: started, kept up, stopped."""

from __future__ import annotations

import fcntl
import hashlib
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.settings import make_home, password, settings
from evergreen.warehouse import binaries, cluster, postmaster, tuning
from evergreen.warehouse.cluster import Place
from evergreen.warehouse.identity import server_user

HOST = "127.0.0.1"
DATABASE = "evergreen"
_START_SECONDS = 600  # recovery after a crash in the middle of a large load takes a while
_LOCK_SECONDS = 660


class _Borrowings:
    """How many `borrowed()` this process is in."""

    depth = 0


@dataclass(frozen=True)
class Server:
    """A running server: address, process, version such as "18.4", and where its files are."""

    host: str
    port: int
    pid: int
    version: str
    data_folder: Path
    log_folder: Path


def info() -> Server | None:
    """Return the running server of this home, None if it is not running or not ready."""
    place = cluster.found()
    running = postmaster.of(place.data) if place else None
    if place is None or running is None or not running.ready:
        return None
    version = str(cluster.state().get("version") or place.version)
    return Server(HOST, running.port, running.pid, version, place.data, place.logs)


def is_running() -> bool:
    """Tell whether the server of this home accepts connections."""
    return info() is not None


def ensure_running() -> Server:
    """Return the server of this home, started and made first if need be, and let it stay up.

    Inside `borrowed()` its fate stays open: whoever borrowed decides. Two processes that call this at
    once get the same server.

    Raises:
        EvergreenError: it cannot be made or started; the message is the last line of its log.
    """
    to_stay = not _Borrowings.depth
    running, known = info(), cluster.state()
    if running and known.get("version") and (known.get("to_stay") or not to_stay):
        return running
    make_home()
    with _lock():
        return _start(to_stay=to_stay)


def stop() -> bool:
    """Shut the server of this home down (fast: sessions are ended); return whether one was running.

    A home without a server, or no home at all, is no error. A server that outlived its home is ended.
    """
    ended = _end_without_home()
    if not settings().home.is_dir():
        return ended
    with _lock():
        return _stop() or ended


@contextmanager
def borrowed() -> Iterator[Server]:
    """Have the server running for a while, and leave it as it was found.

    Several borrowers may overlap; the last one stops it, and only if nobody called `ensure_running()`
    outside of a borrowing meanwhile.
    """
    make_home()
    with (settings().home / "postgres.borrowed").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        _Borrowings.depth += 1
        try:
            yield ensure_running()
        finally:
            _Borrowings.depth -= 1
            fcntl.flock(users, fcntl.LOCK_UN)
            if settings().home.is_dir():
                with _lock():
                    _return(users.fileno())


def _return(users: int) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # someone else is still using it and will decide
    if not cluster.state().get("to_stay"):
        _stop()


def _start(*, to_stay: bool) -> Server:
    """Start the server unless it runs (the lock is held); try twice."""
    known = cluster.state()
    if (running := info()) and known.get("version"):  # recorded last: all was prepared
        if to_stay and not known.get("to_stay"):
            cluster.remember(to_stay=True)
        return running
    _end_without_home()
    place = cluster.found() or cluster.create()
    try:
        version = _launch(place, tuning.for_this_machine(place.base))
    except EvergreenError as error:
        # another program may have taken the port meanwhile, or the machine may refuse that much memory
        progress.note(f"{error}; trying once more with modest settings")
        time.sleep(1)
        version = _launch(place, tuning.modest(place.base))
    if (started := info()) is None:
        raise EvergreenError(f"{place.data}: PostgreSQL ended right after its start: see {place.logs}")
    try:
        _ensure_database(started)
    except EvergreenError:
        _stop()
        raise
    cluster.remember(to_stay=to_stay, version=version)
    return replace(started, version=version)


def _ensure_database(running: Server) -> None:
    """Make the warehouse's database on a cluster that has none yet."""
    try:
        connection = psycopg.connect(
            host=running.host,
            port=running.port,
            dbname="postgres",
            user=cluster.ADMIN,
            password=password("admin"),
            autocommit=True,
        )
    except psycopg.OperationalError:
        raise EvergreenError(
            f"{running.data_folder}: the server refuses the password in {settings().home}/secrets.json: "
            "restore that file, or remove the data folder and begin anew"
        ) from None
    with connection:
        if not connection.execute("select from pg_database where datname = %s", [DATABASE]).rowcount:
            connection.execute(f"create database {DATABASE} template template0")


def _launch(place: Place, fitted: Mapping[str, str]) -> str:
    """Start the server of `place`, wait until it accepts connections, and return its version."""
    user = server_user(place.data)
    programs = binaries.programs(place.version, user)
    sizes = cluster.log_sizes(place)
    running = postmaster.of(place.data)  # perhaps still recovering, started by someone who was killed
    if running is None:
        if not user.switch and place.data.stat().st_uid != user.uid:
            raise EvergreenError(
                f"{place.data}: belongs to another user: run as that user, or set EVERGREEN_HOME"
            )
        postmaster.forget_dead(place.data)
        port = _port()
        cluster.configure(place, user, port, fitted)
        cluster.remember(port=port)
        start_log = place.logs / cluster.START_LOG
        script = '"$@" >"$0" 2>&1 </dev/null & echo $!'  # the shell leaves, so that init adopts the server
        command: list[str | Path] = [
            "/bin/sh",
            "-c",
            script,
            start_log,
            programs["postgres"],
            "-D",
            place.data,
        ]
        pid = int(user.run(command).stdout)
    else:
        pid = running.pid
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        running = postmaster.of(place.data)
        if running and running.ready:
            return programs.version
        if not postmaster.is_alive(pid):
            raise EvergreenError(
                f"{place.data}: PostgreSQL does not start: {cluster.last_log_line(place, sizes)}"
            )
        time.sleep(0.02)
    raise EvergreenError(f"{place.data}: PostgreSQL is not ready after {_START_SECONDS} s: see {place.logs}")


def _stop() -> bool:
    place = cluster.found()
    running = postmaster.of(place.data) if place else None
    if running is None:
        return False
    postmaster.end(running.pid)
    return True


def _end_without_home() -> bool:
    """End servers that outlived the folder they served; nothing is left for them to write to."""
    left = postmaster.without_data(cluster.home_place().data)
    for pid in left:
        postmaster.end(pid, how=signal.SIGQUIT, seconds=10)
    outside = cluster.outside_place()
    if cluster.is_orphan() and (running := postmaster.of(outside.data)):
        postmaster.end(running.pid)
        left.append(running.pid)
    return bool(left)


def _port() -> int:
    """Return the port this home used before if it is free, else a free one.

    The search begins at a number of the home's own, below the ports that the system hands out to outgoing
    connections, so that a BI tool's address keeps working.
    """
    known = cluster.state().get("port")
    own = 15432 + int(hashlib.sha256(str(settings().home).encode()).hexdigest(), 16) % 10_000
    for port in (known, *range(own, own + 100)):
        if isinstance(port, int) and _is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


@contextmanager
def _lock() -> Iterator[None]:
    """Let one process at a time start or stop this home's server."""
    path = settings().home / "postgres.lock"
    with path.open("a") as file:
        deadline = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise EvergreenError(
                        f"{path}: another process has been starting or stopping the server for "
                        f"{_LOCK_SECONDS} s: wait for it or end it"
                    ) from None
                time.sleep(0.05)
        yield

"""The embedded server's files: where they lie, how they are made, what they say."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.settings import password, settings
from evergreen.warehouse import binaries, postmaster
from evergreen.warehouse.identity import Identity, server_user

ADMIN = "postgres"
START_LOG = "start.log"  # what the server says until its own log is open

# What initdb is told besides, by version. Builtin C.UTF-8 sorts by code point and knows every letter's
# case; it depends on no library of the machine, so indexes survive its upgrades.
_LOCALE = {
    18: ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
    16: ["--locale=C"],
}


@dataclass(frozen=True)
class Place:
    """Where the cluster of a home lies: `<base>/postgres<version>` and, beside it, its logs."""

    base: Path
    version: int

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.base / f"postgres{self.version}"

    @property
    def logs(self) -> Path:
        """The folder of the server's log files."""
        return self.base / f"postgres{self.version}-logs"

    @property
    def exists(self) -> bool:
        """Whether a cluster was made here (it appears whole or not at all)."""
        try:
            return self.data.is_dir()
        except PermissionError:
            return False

    @property
    def mark(self) -> Path:
        """The file that tells, outside of a home, which home's cluster this is."""
        return self.base / f"postgres{self.version}.mark"


def home_place() -> Place:
    """Return the place in the home itself."""
    return Place(settings().home, settings().postgres_version)


def outside_place() -> Place:
    """Return the place for a home that root's ordinary user cannot reach."""
    name = hashlib.sha256(str(settings().home.resolve()).encode()).hexdigest()[:16]
    return Place(binaries.SHARED / name, settings().postgres_version)


def found() -> Place | None:
    """Return the place of this home's cluster, None if it has none yet."""
    if (at_home := home_place()).exists:
        return at_home
    return outside if (outside := outside_place()).exists and not is_orphan() else None


def is_orphan() -> bool:
    """Tell whether a cluster lies outside whose home was deleted, and its passwords with it."""
    if not (outside := outside_place()).exists:
        return False
    if not (settings().home / "secrets.json").exists():
        return True
    try:
        return outside.mark.read_text(encoding="ascii") != _mark()
    except OSError:
        return os.geteuid() == 0


def _mark() -> str:
    return hashlib.sha256(password("admin").encode()).hexdigest()


def state() -> dict[str, Any]:
    """Return what this home remembers of its server: port, version, and whether it is to stay up."""
    try:
        content: dict[str, Any] = json.loads(_state_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # all of it can be found out again
    return content


def remember(**news: Any) -> None:
    """Add to what this home remembers of its server."""
    path = _state_file()
    beside = path.with_suffix(f".{os.getpid()}.new")
    beside.write_text(json.dumps(state() | news, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    beside.replace(path)


def _state_file() -> Path:
    return settings().home / f"postgres{settings().postgres_version}.json"


def set_aside_orphan() -> None:
    """Set a cluster aside whose home was deleted; it cannot be opened again, but it is not ours to delete."""
    if os.geteuid() != 0 or not is_orphan():
        return
    data = outside_place().data
    if running := postmaster.of(data):
        postmaster.end(running.pid)
    aside = data.with_name(f"{data.name}.orphan-{time.strftime('%Y%m%d-%H%M%S')}")
    data.rename(aside)
    progress.note(f"Set the data of a deleted home aside: {aside} (remove it if nobody misses it)")


def create() -> Place:
    """Make a cluster for this home with initdb, whole or not at all, and return its place.

    Raises:
        EvergreenError: initdb failed; the message is its last line.
    """
    set_aside_orphan()
    place = home_place()
    user = server_user(place.data)
    beside = _prepare(place, user)
    if beside is None:
        place = outside_place()
        place.base.mkdir(mode=0o755, parents=True, exist_ok=True)
        beside = _prepare(place, user)
        if beside is None:
            raise EvergreenError(f"{place.base}: user {user.name} cannot reach it: start as an ordinary user")
        progress.note(f"Data folder: {place.data}, because user {user.name} cannot reach {settings().home}")
    _initdb(place, beside, user)
    if place != home_place():
        place.mark.unlink(missing_ok=True)
        place.mark.touch(mode=0o600)
        place.mark.write_text(_mark(), encoding="ascii")
    beside.rename(place.data)
    return place


def _prepare(place: Place, user: Identity) -> Path | None:
    """Make the empty folders of a new cluster; None if the user cannot get to them."""
    beside = place.data.with_name(f"{place.data.name}.new")
    shutil.rmtree(beside, ignore_errors=True)  # what an interrupted initdb left
    for folder in (beside, place.logs):
        folder.mkdir(mode=0o700, exist_ok=True)
        user.give(folder)
    if user.reaches(beside):
        return beside
    beside.rmdir()
    place.logs.rmdir()
    return None


def _initdb(place: Place, folder: Path, user: Identity) -> None:
    programs = binaries.programs(place.version, user)
    secret = place.logs / "password.new"
    secret.touch(mode=0o600)
    try:
        secret.write_text(password("admin") + "\n", encoding="utf-8")
        user.give(secret)
        answer = user.run(
            [
                programs["initdb"],
                f"--pgdata={folder}",
                f"--username={ADMIN}",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                *_LOCALE[place.version],
                "--data-checksums",
                "--no-instructions",
            ]
        )
    finally:
        secret.unlink(missing_ok=True)
    if answer.returncode:
        raise EvergreenError(f"{place.data}: initdb failed: {_last_line(answer.stderr + answer.stdout)}")
    with (folder / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(
            "\n# Fitted to the machine at every start. Settings after this line are yours and win.\n"
            "include 'evergreen.conf'\n"
        )


def configure(place: Place, user: Identity, port: int, fitted: Mapping[str, str]) -> None:
    """Write `evergreen.conf`: address, logging and the settings `fitted` to the machine."""
    content = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "logging_collector": "on",
        "log_directory": str(place.logs),
        "log_filename": "postgres-%a.log",  # a week of them, overwritten
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "%m [%p] %q%u@%d %a ",
        # the log outlives an erasure, so rows stay out of it; the client is told everything
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        **fitted,
    }
    quoted = {name: value.replace("\\", "\\\\").replace("'", "''") for name, value in content.items()}
    path = place.data / "evergreen.conf"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(f"{name} = '{value}'\n" for name, value in quoted.items()), encoding="utf-8")
    user.give(path)


def log_sizes(place: Place) -> dict[Path, int]:
    """Return how long each log is now, to tell later what was added."""
    return {path: path.stat().st_size for path in place.logs.glob("*.log") if path.name != START_LOG}


def last_log_line(place: Place, sizes: Mapping[Path, int]) -> str:
    """Return the last line added to the logs since `log_sizes`, preferably one that says why it ended."""
    lines: list[str] = []
    for path in sorted(place.logs.glob("*.log"), key=lambda path: path.stat().st_mtime):
        added = path.read_bytes()[sizes.get(path, 0) :]
        lines += added.decode("utf-8", "replace").splitlines()
    fatal = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
    return _last_line("\n".join(fatal or lines))


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no message")

"""Who runs the embedded server: PostgreSQL refuses to run as root, so root lends it to an ordinary user."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evergreen import progress
from evergreen.errors import EvergreenError

# A user of its own, because `nobody` is shared: every other service that runs as nobody could read the data
# folder and the memory of this server. Where no user can be made (no useradd, read-only /etc) nobody must do.
OWN_USER = "evergreen"
LAST_RESORT = "nobody"


@dataclass(frozen=True)
class Identity:
    """The user that server programs run as; `switch` says whether that is someone else than this process."""

    name: str
    uid: int
    gid: int
    switch: bool

    def run(
        self, command: Sequence[str | Path], *, timeout: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `command` as this user, in `/`, with a bare environment; output and errors are captured.

        Raises:
            EvergreenError: the program cannot be started, or not as this user.
        """
        arguments = [str(part) for part in command]
        user: dict[str, Any] = {}
        if self.switch:
            user = {"user": self.uid, "group": self.gid, "extra_groups": []}
        try:
            return subprocess.run(
                arguments,
                cwd="/",  # the current folder may be one that the user cannot enter
                env={"PATH": os.defpath, "LC_ALL": "C"},  # no PG… variable may steer the server
                umask=0o077,
                start_new_session=True,  # Ctrl-C at the terminal is not meant for the server
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=timeout,
                **user,
            )
        except OSError as error:
            raise EvergreenError(
                f"{arguments[0]}: cannot be run as user {self.name} ({error.strerror}): "
                "start as an ordinary user, or set EVERGREEN_DATABASE_URL to an existing server"
            ) from None

    def reaches(self, path: Path) -> bool:
        """Tell whether this user can enter the folder `path` (asked by trying, so ACLs count too)."""
        return not self.switch or self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", path]).returncode == 0

    def give(self, path: Path) -> None:
        """Make this user the owner of `path`, which this process has just made."""
        if not self.switch:
            return
        try:
            os.chown(path, self.uid, self.gid)
        except OSError as error:
            raise EvergreenError(
                f"{path}: cannot be given to user {self.name} ({error.strerror}): start as an ordinary user, "
                "or set EVERGREEN_HOME to a folder on a local disk"
            ) from None


def server_user(data: Path) -> Identity:
    """Return the user that runs the server of the data folder `data`.

    An ordinary user runs it personally. Root leaves an existing data folder to its owner, and otherwise
    uses the system user `evergreen`, making it where that is possible.
    """
    if os.geteuid() != 0:
        uid = os.geteuid()
        return Identity(_name_of(uid), uid, os.getegid(), switch=False)
    if data.is_dir() and (owner := data.stat().st_uid) != 0:
        return _existing(_name_of(owner)) or Identity(str(owner), owner, data.stat().st_gid, switch=True)
    found = _existing(OWN_USER) or _made(OWN_USER) or _existing(LAST_RESORT)
    if found is None:
        raise EvergreenError(
            f"root cannot run PostgreSQL, and this machine has neither a user {OWN_USER} nor {LAST_RESORT}: "
            f"make one (useradd --system {OWN_USER}) or start as an ordinary user"
        )
    return found


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _existing(name: str) -> Identity | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Identity(name, entry.pw_uid, entry.pw_gid, switch=True) if entry.pw_uid else None


def _made(name: str) -> Identity | None:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    try:
        subprocess.run(
            [*command, "--shell", "/usr/sbin/nologin", name], capture_output=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    made = _existing(name)
    if made:
        progress.note(f"Made the system user {name}: PostgreSQL does not run as root")
    return made

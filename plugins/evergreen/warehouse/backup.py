"""A copy of the database in one file, and the way back: PostgreSQL's own tools, all or nothing.

The file holds everything but the rows in flight in `landing`, which are landed again, and the steps in
`kept`, which are made again. The secrets of the home are not in it: whoever has both can tell who is who.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from psycopg import sql

from evergreen import progress
from evergreen.appearing import appearing
from evergreen.errors import EvergreenError
from evergreen.settings import password
from evergreen.warehouse import binaries, migrate
from evergreen.warehouse.connections import Warehouse, ensure_login
from evergreen.warehouse.roles import SCHEMAS, WORKING

_NOT_SAVED = ("--exclude-table-data=landing.*", "--exclude-table-data=kept.*")


def backup(warehouse: Warehouse, path: Path) -> int:
    """Write a backup of the warehouse to `path`, for its owner alone; return its size in bytes.

    Loads, builds and readers go on meanwhile: it shows one moment. A file that is there is replaced when the
    new one is complete.

    Raises:
        EvergreenError: the file cannot be written, or the server refuses.
    """
    if not path.parent.is_dir():  # not made: it may be a disk that is not there today
        raise EvergreenError(f"{path}: cannot be written (there is no folder {path.parent}): make it first")
    with appearing(path, private=True) as beside:
        options = ["--format=custom", *_NOT_SAVED, f"--file={beside}"]
        _run(_program(warehouse, "pg_dump", *options), warehouse)
    return path.stat().st_size


def restore(warehouse: Warehouse, path: Path, *, replace: bool = False) -> None:
    """Bring the warehouse back to what `path` holds, in one transaction.

    Raises:
        EvergreenError: it is no backup of this database, the warehouse holds something already and `replace`
            is False, or the server refuses; nothing has changed then.
    """
    _check(warehouse, path)
    with warehouse.connect("admin", autocommit=True) as connection:
        found = connection.execute("select to_regclass('audit.load_batches')").fetchone()
        if found and found[0] and not replace:
            raise EvergreenError(
                f"{warehouse.place}: holds a warehouse already: --replace puts the backup in its place"
            )
        for role in WORKING:
            ensure_login(connection, warehouse.role_name(role), password(role))
        names = sql.SQL(", ").join(map(sql.Identifier, SCHEMAS))
        drop = sql.SQL("drop schema if exists {} cascade").format(names).as_string(connection)
    _refill(warehouse, path, drop)
    migrate.apply(warehouse)


def require_file(path: Path) -> None:
    """Make sure that there is a file to restore, before a server is set up for it."""
    if not path.is_file():
        raise EvergreenError(f"{path}: is not there, or no file")


def _check(warehouse: Warehouse, path: Path) -> None:
    """Make sure that a file is a backup of a database of this name: its roles begin with the name."""
    require_file(path)
    command = _program(warehouse, "pg_restore", "--list", path)
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode or " audit load_batches " not in listed.stdout:
        raise EvergreenError(f"{path}: is no backup of a warehouse: `evergreen backup` makes one")
    made_of = re.search(r"^;\s+dbname: (.+)$", listed.stdout, re.MULTILINE)
    if made_of and made_of[1] != warehouse.name:
        raise EvergreenError(
            f"{path}: was made of a database called {made_of[1]}, and this one is {warehouse.name}: "
            "restore it where the name is the same"
        )


def _refill(warehouse: Warehouse, path: Path, drop: str) -> None:
    """Drop what is there and fill in what the file holds, as one transaction of psql's.

    What can be read of a file that was cut short is good SQL all the same: it is committed only when
    `pg_restore` has come to the end of the file.
    """
    commands = [f"--command={command}" for command in ("set client_min_messages = warning", "begin", drop)]
    reader = subprocess.Popen(
        _program(warehouse, "pg_restore", "--file=-", path), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    shell = subprocess.Popen(
        _program(warehouse, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *commands, "--file=-"),
        env=_environment(warehouse),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    with progress.step("Restoring"), reader, shell:
        _pour(reader, shell)
        if reader.wait():
            raise EvergreenError(
                f"{path}: is damaged ({_said(reader)}): nothing was changed; restore another backup"
            )
        if shell.wait():
            raise EvergreenError(f"{warehouse.place}: psql: {_said(shell)}")


def _pour(reader: subprocess.Popen[bytes], shell: subprocess.Popen[bytes]) -> None:
    """Give the shell all that is read, and the commit if that is all; read on where it has given up."""
    assert reader.stdout
    assert shell.stdin
    with suppress(BrokenPipeError), shell.stdin as into:
        shutil.copyfileobj(reader.stdout, into)
        if reader.wait() == 0:
            into.write(b"\ncommit;\n")
    while reader.stdout.read(1 << 20):
        pass


def _program(warehouse: Warehouse, name: str, *arguments: str | Path) -> list[str]:
    """Return the command line of a client program, of the server's version or the next one there is.

    An earlier one refuses the server; a later one writes settings into a dump that the server does not know.
    """
    with warehouse.connect("admin") as connection:
        server = connection.info.server_version // 10_000
    versions = sorted(binaries.INSTALLATIONS)
    version = next((version for version in versions if version >= server), versions[-1])
    return [str(binaries.in_wheel(version)[name]), *map(str, arguments)]


def _run(command: list[str], warehouse: Warehouse) -> None:
    """Run a client program as the owner."""
    with subprocess.Popen(
        command,
        env=_environment(warehouse),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as running:
        said = _said(running)
    if running.returncode:
        raise EvergreenError(f"{warehouse.place}: {Path(command[0]).name}: {said}")


def _environment(warehouse: Warehouse) -> dict[str, str]:
    """Return the environment in which a client program is the owner: passwords are in no command line."""
    return os.environ | warehouse.environment("admin")


def _said(program: subprocess.Popen[bytes]) -> str:
    """Return why a program failed: its line with the error, or the signal that ended it."""
    assert program.stderr
    lines = program.stderr.read().decode(errors="replace").splitlines()
    said = [line.strip() for line in lines if line.strip()]
    if program.wait() < 0:
        return str(signal.strsignal(-program.returncode))
    return next((line for line in said if "error:" in line.lower()), said[-1] if said else "no message")

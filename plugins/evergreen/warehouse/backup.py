"""A copy of the database in one file, and the way back: PostgreSQL's own tools, all or nothing.

The file holds everything but the rows in flight in `landing`, which are landed again. The secrets of the home
are not in it: whoever has both can tell who is who.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import IO

from psycopg import sql

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.settings import password
from evergreen.warehouse import binaries
from evergreen.warehouse.connections import Warehouse, ensure_login
from evergreen.warehouse.roles import SCHEMAS, WORKING


def backup(warehouse: Warehouse, path: Path) -> int:
    """Write a backup of the warehouse to `path`, for its owner alone; return its size in bytes.

    Loads, builds and readers go on meanwhile: it shows one moment. A file that is there is replaced when the
    new one is complete.

    Raises:
        EvergreenError: the file cannot be written, or the server refuses.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.touch(mode=0o600)
        _run(
            _program(
                warehouse, "pg_dump", "--format=custom", "--exclude-table-data=landing.*", f"--file={beside}"
            ),
            warehouse,
        )
        beside.replace(path)
    except OSError as error:
        raise EvergreenError(f"{path}: cannot be written ({error.strerror}): name another place") from None
    finally:
        beside.unlink(missing_ok=True)
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
    warehouse.migrate()


def _check(warehouse: Warehouse, path: Path) -> None:
    """Make sure that a file is a backup of a database of this name: its roles begin with the name."""
    if not path.is_file():
        raise EvergreenError(f"{path}: is not there, or no file")
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
    """Drop what is there and fill in what the file holds, as one transaction of psql's."""
    commands = [f"--command={command}" for command in ("set client_min_messages = warning", drop)]
    shell = _program(
        warehouse, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction"
    )
    reader = subprocess.Popen(
        _program(warehouse, "pg_restore", "--file=-", path), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with progress.step("Restoring"), reader as reading:
        _run([*shell, "--output=/dev/null", *commands, "--file=-"], warehouse, reading.stdout)


def _program(warehouse: Warehouse, name: str, *arguments: str | Path) -> list[str]:
    """Return the command line of a client program, of the server's version or the next one there is.

    An earlier one refuses the server; a later one writes settings into a dump that the server does not know.
    """
    with warehouse.connect("admin") as connection:
        server = connection.info.server_version // 10_000
    versions = sorted(binaries.INSTALLATIONS)
    version = next((version for version in versions if version >= server), versions[-1])
    return [str(binaries.in_wheel(version)[name]), *map(str, arguments)]


def _run(command: list[str], warehouse: Warehouse, content: IO[bytes] | None = None) -> None:
    """Run a client program as the owner, `content` its standard input; passwords are in the environment."""
    known = warehouse.parameters("admin")
    environment = {
        "PGHOST": known["host"],
        "PGPORT": known["port"],
        "PGUSER": known["user"],
        "PGPASSWORD": known["password"],
        "PGDATABASE": known["dbname"],
    }
    done = subprocess.run(
        command,
        env=os.environ | environment,
        stdin=content or subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        said = next(
            (line for line in lines if "error:" in line.lower()), lines[-1] if lines else "no message"
        )
        raise EvergreenError(f"{warehouse.place}: {Path(command[0]).name}: {said}")

"""Faults that strike the whole command: real Airflow, real dbt, real marts."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Literal

import psycopg

from e2e.home import COMMAND, Home

SECONDS = 300


def run_struck(home: Home, victim: Literal["run", "dbt"], *arguments: str | Path) -> int:
    """Run the command, and kill -9 it or the dbt under it as soon as dbt works in the database.

    `evergreen run` is the scheduler of its tasks: with it, everything that it has started must end.

    Returns:
        Its exit code.
    """
    address = home.evergreen("url").stdout.strip()
    process = subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        env=home.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with psycopg.connect(address, autocommit=True) as reader:
            while not _dbt_works(reader):
                assert process.poll() is None, "the run ended before dbt worked"
                time.sleep(0.02)
            if victim == "run":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                [dbt] = _dbt_of(home)
                os.kill(dbt, signal.SIGKILL)
            code = process.wait(SECONDS)
            deadline = time.monotonic() + SECONDS
            while _dbt_of(home) or _dbt_works(reader):
                assert time.monotonic() < deadline, "dbt lives on"
                time.sleep(0.05)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    return code


def _dbt_works(reader: psycopg.Connection) -> bool:
    return bool(
        reader.execute("select from pg_stat_activity where application_name = 'evergreen dbt'").rowcount
    )


def _dbt_of(home: Home) -> list[int]:
    """Return the processes of dbt that write into this home."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            said = command.read_bytes()
        except OSError:
            continue  # it has ended meanwhile
        if b"evergreen.orchestration.dbt_process" in said and os.fsencode(home.path / "dbt") in said:
            found.append(int(command.parent.name))
    return found

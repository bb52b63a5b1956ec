"""Commands that start and stop what keeps running: `serve`, `stop`; and Airflow's own command."""

from __future__ import annotations

import os
import signal
import sys
import time
from types import FrameType
from typing import NoReturn

from evergreen import progress
from evergreen.cli import locks
from evergreen.cli.terminal import sink_for
from evergreen.errors import EvergreenError
from evergreen.settings import settings
from evergreen.warehouse import migrate, server
from evergreen.warehouse.connections import Warehouse


def serve(port: int | None) -> None:
    """Run Airflow until Ctrl-C or a terminating signal.

    Raises:
        EvergreenError: the port is taken, Airflow is running already, or a component ended.
    """
    from evergreen.orchestration import environment, runs, services

    if known := services.running():
        raise EvergreenError(
            f"Airflow is running already at http://127.0.0.1:{known['port']}: stop that one first"
        )
    chosen = services.free_port(port)
    progress.use(sink_for(sys.stdout))
    airflow = services.Services(chosen)
    end_on_signals()
    try:
        # until the scheduler tells of itself by its heartbeat
        with locks.only_run(locks.START):
            warehouse = Warehouse.open()
            migrate.apply(warehouse)
            with runs.quiet(services.log_of("serve")):
                metadata = environment.prepare(warehouse, chosen)
                runs.tidy(metadata)
            with progress.step("Starting Airflow"):
                airflow.start()
        user, password = environment.login()
        print(f"Airflow    {airflow.address}")
        print(f"Login      {user} / {password}")
        print(f"Logs       {services.log_of('…').parent}")
        print("Stop       Ctrl-C; the database server stays up until `evergreen stop`", flush=True)
        while True:
            airflow.check()
            time.sleep(1)
    except Ended:
        print("\nStopping Airflow …", flush=True)
    finally:
        airflow.stop()


def airflow(arguments: list[str]) -> NoReturn:
    """Become Airflow's own command on this home, its metadata database made ready."""
    from evergreen.orchestration import environment, runs, services

    progress.use(sink_for(sys.stderr))  # standard output is Airflow's
    warehouse = Warehouse.open()
    migrate.apply(warehouse)
    with runs.quiet(services.log_of("airflow")):
        environment.prepare(warehouse, given_wins=True)
    os.execv(sys.executable, [sys.executable, "-m", "airflow", *arguments])  # noqa: S606 - no shell is wanted


class Ended(BaseException):
    """A signal asked the process to end."""


def end_on_signals() -> None:
    """Let a signal that asks the process to end raise Ended."""

    def end(number: int, frame: FrameType | None) -> None:
        for known in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(known, signal.SIG_IGN)  # stopping is under way
        raise Ended

    for known in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(known, end)


def stop(*, force: bool = False) -> None:
    """Stop Airflow and the embedded server, whichever is running.

    Raises:
        EvergreenError: `evergreen run` is at work, and nobody said to take its server away.
    """
    from evergreen.orchestration import services

    known = services.running()
    who = locks.at_work(settings().home)
    is_starting = known and who == locks.START  # that can be stopped like one that has started
    if who and not force and not is_starting:
        raise EvergreenError(
            f"{who} is at work on this home: wait until it is done, or end it by Ctrl-C; "
            "`evergreen stop --force` takes the server away from under it"
        )
    if known:
        services.end_running()
        print("Airflow is stopped.")
    if settings().database_url is not None:
        print("The database server is not ours to stop: EVERGREEN_DATABASE_URL names it.")
    elif server.stop():
        print("The database server is stopped.")
    else:
        print("The database server was not running.")

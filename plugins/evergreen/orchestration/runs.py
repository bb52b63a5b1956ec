"""Running the DAGs in this process, without a scheduler, as `evergreen run` does."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

import psycopg

from evergreen.errors import EvergreenError
from evergreen.orchestration import outcomes, services
from evergreen.settings import settings
from evergreen.warehouse.connections import Warehouse

# Under the scheduler a retry waits for minutes; a person in front of a terminal does not.
RETRY_DELAY = timedelta(seconds=3)
# How many logs and how many runs of a DAG are remembered; a home that runs daily does not grow by them.
REMEMBERED = 100


@contextlib.contextmanager
def quiet(log: Path) -> Iterator[TextIO]:
    """Send what Airflow and its tasks print to the file `log`; yield the true standard output.

    Loggers keep the stream that they find when they are set up, so Airflow has to be imported inside.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    for old in sorted(log.parent.glob("run-*.log"))[:-REMEMBERED]:
        old.unlink(missing_ok=True)
    terminal, errors = sys.stdout, sys.stderr
    # not closed: loggers write to it until the process ends
    file = log.open("a", encoding="utf-8", buffering=1)
    sys.stdout = sys.stderr = file
    try:
        yield terminal
    finally:
        sys.stdout, sys.stderr = terminal, errors


class Dags:
    """The project's DAGs, parsed once."""

    def __init__(self, log: Path) -> None:
        """Parse them; `log` is named where a task fails by a defect of ours."""
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(dag_folder=settings().project / "dags", collect_dags=True)
        for path, trace in bag.import_errors.items():
            raise EvergreenError(f"{path}: cannot be imported ({trace.strip().splitlines()[-1]})")
        self._dags = bag.dags
        self._log = log

    def run(self, dag_id: str, conf: dict[str, Any] | None = None) -> None:
        """Run a DAG from beginning to end, in this process.

        Raises:
            EvergreenError: a task failed with it, or with something that is a defect of ours; the message
                then names the task.
        """
        dag = self._dags[dag_id]
        for task in dag.tasks:
            task.retry_delay = RETRY_DELAY
        outcomes.forget_failures()
        run = dag.test(run_conf=conf or {})
        if run.state == "success":
            return
        failure = outcomes.last_failure()
        if isinstance(failure, EvergreenError | KeyboardInterrupt):
            raise failure
        failed = {instance.task_id for instance in run.get_task_instances(state=["failed"])}
        first = next((task.task_id for task in dag.topological_sort() if task.task_id in failed), None)
        reason = f": {type(failure).__name__}: {failure}" if failure else " without saying why"
        raise EvergreenError(
            f"{f'{dag_id}.{first}' if first else dag_id} failed{reason}: see {self._log}"
        ) from failure


def scheduler_is_running(metadata_url: str) -> bool:
    """Tell whether a scheduler works on this home's DAGs: it would run the tasks of our runs as well."""
    with psycopg.connect(metadata_url) as connection:
        if not connection.execute("select from pg_tables where tablename = 'job'").rowcount:
            return False  # Airflow was never set up here
        found = connection.execute(
            """
            select exists (
                select from job
                where
                    job_type = 'SchedulerJob' and state = 'running'
                    and latest_heartbeat > now() - interval '30 seconds'
            )
            """
        ).fetchone()
    return bool(found and found[0])


def refuse_beside_scheduler(warehouse: Warehouse, why: str) -> None:
    """Make sure that no scheduler works on this home, without setting Airflow up for the question.

    Ours may be waiting for its first heartbeat, or late; one of another machine tells itself by nothing else.

    Raises:
        EvergreenError: one does; `why` says what stands against it.
    """
    services.refuse_beside(why)
    if warehouse.has_database("airflow") and scheduler_is_running(warehouse.database("airflow")):
        raise EvergreenError(f"Airflow is running on this home (`evergreen serve`) {why}")


def tidy(metadata_url: str) -> None:
    """Close the runs of processes that were killed, and forget old ones; a scheduler's runs are its own.

    No scheduler must take up later what a killed process left. What is still at work looks the same, so the
    caller holds the lock of the home's runs.
    """
    with psycopg.connect(metadata_url) as connection:
        connection.execute(
            """
            with closed as (
                update dag_run set state = 'failed', end_date = now()
                where state in ('running', 'queued') and triggered_by = 'TEST'
                returning dag_id, run_id
            )

            update task_instance set state = 'failed', end_date = now()
            from closed
            where
                task_instance.dag_id = closed.dag_id and task_instance.run_id = closed.run_id
                and coalesce(task_instance.state, '')
                not in ('success', 'failed', 'skipped', 'upstream_failed')
            """
        )
        connection.execute(
            """
            delete from dag_run where id in (
                select id
                from (
                    select id, row_number() over (partition by dag_id order by id desc) as number
                    from dag_run
                    where triggered_by = 'TEST'
                ) as runs
                where number > %s
            )
            """,
            [REMEMBERED],
        )

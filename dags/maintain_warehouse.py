"""Keeps the warehouse from growing by what nobody can reach any more.

| task | does | can be run again |
|---|---|---|
| `clean_landing` | drops landed rows of batches that are finished | yes |
| `clean_releases` | deletes rows of facts that no kept release shows, and vacuums the facts | yes |
| `clean_history` | after `EVERGREEN_KEEP_DAYS` deletes logs and old runs, blanks settled quarantine | yes |
| `check_freshness` | fails where an active source is silent for longer than its `fresh_within` allows | yes |

Readers and loads go on meanwhile; it waits for a build that is under way.

### When it fails

`check_freshness`: find out why the source it names has stopped delivering; the marts are as of its last day.

Nothing depends on the others: the warehouse only keeps more than it needs. Read the last line of the failed
task's log, mend what it names, and clear the task, or wait for tomorrow's run.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task

from evergreen.orchestration import upkeep
from evergreen.orchestration.wiring import START, task_defaults


@dag(
    dag_id="maintain_warehouse",
    dag_display_name="Maintain warehouse",
    description="Delete what nobody can reach any more",
    schedule="@daily",
    start_date=START,
    catchup=False,
    max_active_runs=1,
    tags=["maintenance"],
    default_args=task_defaults(),
    doc_md=__doc__,
)
def maintain() -> None:
    """Wire the tasks."""

    @task
    def clean_landing() -> int:
        return upkeep.clean_landing()

    @task
    def clean_releases() -> int:
        return upkeep.clean_releases()

    @task
    def clean_history() -> dict[str, int]:
        return upkeep.clean_history()

    @task(retries=1, retry_delay=timedelta(seconds=1))
    def check_freshness() -> int:
        return upkeep.check_freshness()

    clean_landing() >> clean_releases() >> clean_history()
    check_freshness()


maintain()

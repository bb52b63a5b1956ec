"""Keeps the warehouse from growing by what nobody can reach any more.

| task | does | can be run again |
|---|---|---|
| `clean_landing` | drops landed rows of batches that are finished | yes |
| `clean_releases` | deletes rows of facts that no kept release shows, and vacuums the facts | yes |

Readers and loads go on meanwhile; it waits for a build that is under way.

### When it fails

Nothing depends on it: the warehouse only keeps more than it needs. Read the last line of the failed task's
log, mend what it names, and clear the task, or wait for tomorrow's run.
"""

from __future__ import annotations

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

    clean_landing() >> clean_releases()


maintain()

"""One DAG per source system: land → gate → promote, generated from `sources/*.yml`."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Asset, dag, task

from evergreen.orchestration import loads
from evergreen.orchestration.wiring import (
    OWNER,
    START,
    asset_name,
    definition,
    source_names,
    task_defaults,
)

DOC = """
Takes everything that **{name}** has to offer and that the ledger (`audit.load_batches`) does not know yet.
{description}

| task | does | can be run again |
|---|---|---|
| `land` | copies each new file, or stretch of a cursor, to `landing` as one batch | yes, nothing twice |
| `gate` | judges each landed batch by its Great Expectations suite in `expectations/` | yes |
| `promote` | moves what passed into `raw`, the rest into `quarantine`, with the ledger | yes |

A skipped `land` means that the source is not active in this home; a skipped `promote` that nothing was new.

### When it fails

1. Read the last line of the failed task's log: it says what is wrong, where, and what to do.
2. *The source cannot be reached, or its location is missing*: mend that and clear the task. Nothing is lost:
   the next run takes everything that is pending.
3. *A batch was rejected* is no failure of the DAG: `evergreen status` names it, `evergreen quarantine list`
   shows why. A corrected delivery is a new file, or the same one changed.
4. Killed or out of disk: clear the task. A batch is promoted whole or not at all.
{problem}
"""


def load_dag(name: str) -> DAG:
    """Return the DAG that loads the source `name`."""
    source, problem = definition(name)
    description = source.description if source else ""

    @dag(
        dag_id=f"load_{name}",
        dag_display_name=f"Load {name}",
        description=description or f"Load {name}",
        schedule="@daily",
        start_date=START,
        catchup=False,
        max_active_runs=1,
        tags=["load", name],
        default_args=task_defaults((source and source.owner) or OWNER),
        doc_md=DOC.format(
            name=name,
            description=description,
            problem=f"\n**Its definition is wrong:** {problem}\n" if problem else "",
        ),
    )
    def load() -> None:
        @task
        def land() -> dict[str, int]:
            return loads.land(name)

        @task(execution_timeout=timedelta(hours=1))
        def gate() -> dict[str, int]:
            return loads.gate(name)

        @task(outlets=[Asset(asset_name(name))])
        def promote() -> dict[str, int]:
            return loads.promote(name)

        land() >> gate() >> promote()

    return load()


for source_name in source_names():
    globals()[f"load_{source_name}"] = load_dag(source_name)

"""Builds the marts from everything that is promoted, judges them, and lets them go live together.

| task | does | can be run again |
|---|---|---|
| `open_candidate` | undoes what an unfinished build left; opens a candidate, settles its as-of date | yes |
| `build_facts` | `dbt build` of the facts in `core` and of what is predicted from, with their tests | yes |
| `predict` | fits the value models, judges them by the holdout, scores all customers | yes |
| `estimate_drivers` | regressions and path models of the answers, into schema `estimates` | yes |
| `build_marts` | `dbt build` of other steps, and of the marts where candidates are, with their tests | yes |
| `gate_candidate` | no critical check may have failed; results are in `audit.gate_results` | yes |
| `publish` | re-points all views in `marts` in one transaction | a published release is not published twice |

`predict` and `estimate_drivers` run side by side; the others one after the other.

Runs when a load has promoted something. Updates of several sources may coalesce into one run: it takes
everything pending. If nothing is new, `open_candidate` is skipped and the live release stays.

Parameters: `until`, the as-of date (default: the last day on which something happened, by the input layer);
`full_refresh`, to compute everything anew instead of what changed.

### When it fails

Readers notice nothing: the live release stays until a new one is published.

1. Read the last line of the failed task's log: it names the model or test and what the database said.
2. *A model failed*: mend it in `dbt_project/`, then trigger the DAG again. The next candidate starts clean.
3. *A test failed*: the marts would have been wrong. Find the rows with the compiled query that the message
   names; mend the model, or the data at its source.
4. *Another build began meanwhile*: nothing to do, it takes everything in.
5. *The server crashed* between two tasks: the candidate's steps are gone, trigger the DAG again.
6. *Readers have kept the views locked*: end the transaction that `pg_stat_activity` shows, trigger again.
7. *A published release turns out wrong*: `evergreen release rollback` brings the one before back at once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, AssetAny, Param, dag, task

from evergreen.orchestration import builds
from evergreen.orchestration.wiring import START, asset_name, source_names, task_defaults

loaded = [Asset(asset_name(name)) for name in source_names()]


@dag(
    dag_id="build_marts",
    dag_display_name="Build marts",
    description="Candidate → dbt → gate → live release",
    schedule=AssetAny(*loaded) if loaded else None,
    start_date=START,
    catchup=False,
    max_active_runs=1,
    tags=["build", "marts"],
    default_args=task_defaults(),
    params={
        "until": Param(None, type=["null", "string"], format="date", title="As-of date"),
        "full_refresh": Param(False, type="boolean", title="Compute everything anew"),
    },
    doc_md=__doc__,
)
def build() -> None:
    """Wire the tasks."""

    @task(execution_timeout=timedelta(hours=1))
    def open_candidate(params: dict[str, Any]) -> int:
        return builds.open_candidate(params["until"], params["full_refresh"])

    @task
    def build_facts(release_id: int) -> dict[str, int]:
        return builds.build_facts(release_id)

    @task(execution_timeout=timedelta(hours=1))
    def predict(release_id: int) -> dict[str, int]:
        return builds.predict(release_id)

    @task(execution_timeout=timedelta(hours=1))
    def estimate_drivers(release_id: int) -> dict[str, int]:
        return builds.estimate_drivers(release_id)

    @task
    def build_marts(release_id: int) -> dict[str, int]:
        return builds.build_marts(release_id)

    @task(execution_timeout=timedelta(hours=1))
    def gate_candidate(release_id: int) -> dict[str, int]:
        return builds.gate_candidate(release_id)

    @task(outlets=[Asset("marts")], execution_timeout=timedelta(hours=1))
    def publish(release_id: int) -> dict[str, Any]:
        return builds.publish(release_id)

    number = open_candidate()
    facts, marts = build_facts(number), build_marts(number)
    # each needs what `build_facts` makes alone, and one core
    facts >> [predict(number), estimate_drivers(number)] >> marts
    marts >> gate_candidate(number) >> publish(number)


build()

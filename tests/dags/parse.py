"""Parses the project's DAGs as Airflow does and prints what they are, as JSON; a process of its own."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.plugins_manager import _get_plugins

# what parsing loads, beyond what Airflow itself has loaded
_BEFORE = set(sys.modules)


def describe(folder: Path) -> dict[str, Any]:
    """Return every DAG with what a person sees of it in Airflow."""
    began = time.monotonic()
    bag = DagBag(dag_folder=folder, collect_dags=True)
    seconds = time.monotonic() - began
    _, plugin_errors = _get_plugins()
    return {
        "seconds": seconds,
        "import_errors": dict(bag.import_errors),
        "plugin_errors": plugin_errors,
        "modules": sorted(set(sys.modules) - _BEFORE),
        "dags": {
            dag.dag_id: {
                "tags": sorted(dag.tags),
                "description": dag.description,
                "doc": dag.doc_md,
                "catchup": dag.catchup,
                "max_active_runs": dag.max_active_runs,
                "params": sorted(dag.params),
                "schedule": type(condition).__name__ if condition else dag.schedule,
                "triggers": sorted(asset.name for asset in condition.objects) if condition else [],
                "tasks": {
                    task.task_id: {
                        "owner": task.owner,
                        "retries": task.retries,
                        "timeout": task.execution_timeout and task.execution_timeout.total_seconds(),
                        "outlets": [outlet.name for outlet in task.outlets],
                        "after": sorted(task.upstream_task_ids),
                    }
                    for task in dag.tasks
                },
            }
            for dag in bag.dags.values()
            for condition in [getattr(dag.timetable, "asset_condition", None)]
        },
    }


print(json.dumps(describe(Path(sys.argv[1]))))

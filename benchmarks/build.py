"""The full build of all marts, and a day after it: seconds per task and model, temporary files, disk, memory.

    .venv/bin/python benchmarks/build.py --customers 10000
    .venv/bin/python benchmarks/build.py --customers 1000000 --home /var/tmp/million --runs 1

Brings a simulated shop into a home (`shop.py`), builds everything anew `--runs` times, then lets the shop
live `--days` more days and measures what loading and building them costs. Each task runs in a process of its
own, two of them side by side, as under Airflow's scheduler; what Airflow itself takes is not in the figures.
Results go to `benchmarks/results/build_<customers>.json`, a Markdown table to the terminal. Without `--home`
all happens in a temporary folder.
"""

from __future__ import annotations

import argparse
import inspect
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import measuring
import shop

# tasks that run side by side stand together
BUILD = (
    ("open_candidate",),
    ("build_facts",),
    ("predict", "estimate_drivers"),
    ("build_marts",),
    ("gate_candidate",),
    ("publish",),
)
# which part of the warehouse a model belongs to, by the first of these its path begins with
PARTS = {
    "lifecycle and retention": (
        "intermediate/lifecycle",
        "intermediate/retention",
        "marts/lifecycle",
        "marts/retention/cohort_",
        "marts/retention/revenue_",
    ),
    "value and predictions": (
        "intermediate/value",
        "intermediate/prediction",
        "marts/value",
        "marts/retention",
    ),
    "satisfaction": ("intermediate/satisfaction", "marts/satisfaction"),
    "facts": ("intermediate", "marts/core/facts"),
    "core": ("marts/core",),
    "input": ("staging", "input_layer", "seeds", ""),
}
SIZES = """
select
    case when nspname like 'marts\\_%' then 'marts' else nspname end as part,
    sum(pg_total_relation_size(pg_class.oid)) as bytes
from pg_class
inner join pg_namespace on relnamespace = pg_namespace.oid
where relkind = 'r' and nspname not in ('pg_catalog', 'information_schema')
group by part
order by part
"""


def task(name: str, release_id: int | None, full_refresh: bool) -> Any:
    """Do what the task `name` of the build does; the first one returns the number of the candidate."""
    from evergreen.orchestration import builds
    from evergreen.orchestration.outcomes import NothingToDo

    body = inspect.unwrap(getattr(builds, name))  # without what makes its errors Airflow's
    try:
        return body(full_refresh=full_refresh) if release_id is None else body(release_id)
    except NothingToDo as reason:
        sys.exit(str(reason))


def run_tasks(
    names: Sequence[str], release: list[str], *, full_refresh: bool
) -> tuple[measuring.Cost, list[str]]:
    """Do tasks side by side, each in a process of its own.

    Returns:
        What they cost together, and how the tasks after them name the candidate.
    """
    options = [*release, *(["--full-refresh"] if full_refresh else [])]
    cost, said = measuring.run_side_by_side(
        [[sys.executable, __file__, "--task", name, *options] for name in names]
    )
    return cost, release or ["--release", said[0].strip().splitlines()[-1]]


def build(*, full_refresh: bool) -> dict[str, Any]:
    """Build a release; return what tasks cost, each or side by side, and the seconds of each node."""
    costs: dict[str, measuring.Cost] = {}
    nodes: dict[str, Any] = {}
    release: list[str] = []
    for names in BUILD:
        costs[", ".join(names)], release = run_tasks(names, release, full_refresh=full_refresh)
        nodes |= _nodes() if names[0] in ("build_facts", "build_marts") else {}
    total = measuring.Cost(
        **{
            field: (max if field == "python_peak_megabytes" else sum)(
                getattr(c, field) for c in costs.values()
            )
            for field in vars(measuring.Cost())
        }
    )
    return {
        "tasks": {name: cost.rounded() for name, cost in costs.items()},
        "total": total.rounded(),
        "nodes": nodes,
    }


def _nodes() -> dict[str, Any]:
    """Return seconds and part of what the last call of dbt ran."""
    from evergreen.orchestration.dbt import target_folder
    from evergreen.orchestration.dbt_results import manifest, read_results

    target = target_folder()
    known = manifest(target)["nodes"]
    return {
        result["unique_id"]: {
            "seconds": round(result["execution_time"], 2),
            "part": _part(known, result["unique_id"]),
        }
        for result in read_results(target)
    }


def _part(manifest: dict[str, Any], name: str) -> str:
    node = manifest[name]
    if node["resource_type"] == "test":
        tested = node.get("attached_node") or next(iter(node["depends_on"]["nodes"]), None)
        node = manifest.get(tested, node)
    path = node["path"]
    return next(part for part, starts in PARTS.items() if path.startswith(starts))


def live_one_day() -> dict[str, Any]:
    """Let the shop live one more day, load it and build; return what each step cost."""
    measuring.run([sys.executable, shop.__file__, "--one-more-day"])
    load, said = measuring.run([sys.executable, shop.__file__, "--load"])
    built = build(full_refresh=False)
    return {"loaded": json.loads(said.strip().splitlines()[-1]), "load": load.rounded(), **built}


def measure(size: dict[str, int], runs: int, days: int) -> dict[str, Any]:
    """Return all figures of the home, which has its shop of this size; what is known is kept as it comes."""
    figures: dict[str, Any] = {"machine": measuring.machine(), "shop": size, "full": [], "days": []}
    name = f"build_{figures['shop']['customers']}"
    for _ in range(runs):
        figures["full"].append(build(full_refresh=True))
        figures["disk_bytes"] = {part: int(size) for part, size in measuring.rows(SIZES)}
        measuring.keep(name, figures)
    for _ in range(days):
        figures["days"].append(live_one_day())
        measuring.keep(name, figures)
    return figures


def shown(figures: dict[str, Any]) -> str:
    """Return the figures as Markdown: medians over the runs."""
    full = figures["full"]

    def middle(*path: str) -> float:
        values = []
        for found in full:
            for key in path:
                found = found[key]  # noqa: PLW2901 - the way down
            values.append(found)
        return round(statistics.median(values), 1)

    fields = list(full[0]["total"])
    lines: list[list[Any]] = [
        [name, *(middle("tasks", name, f) for f in fields)] for name in full[0]["tasks"]
    ]
    lines.append(["all", *(middle("total", f) for f in fields)])
    parts: dict[str, float] = {}
    models: dict[str, float] = {}
    for name in full[0]["nodes"]:
        seconds = middle("nodes", name, "seconds") if all(name in run["nodes"] for run in full) else 0.0
        part = full[0]["nodes"][name]["part"]
        parts[part] = round(parts.get(part, 0.0) + seconds, 1)
        models[name.split(".", 1)[1] if name.startswith("test.") else name.rpartition(".")[2]] = seconds
    worst = sorted(models.items(), key=lambda item: -item[1])[:25]
    csv = figures["shop"]["csv_bytes"]
    disk = sum(figures["disk_bytes"].values())
    days = [
        [f"day {number}", day["load"]["seconds"], *(day["total"][field] for field in fields)]
        for number, day in enumerate(figures["days"], start=1)
    ]
    header = ["seconds", "CPU s of Python", "peak MB of Python", "CPU s of Postgres", "temporary MB"]
    return "\n\n".join(
        [
            f"{figures['shop']}",
            measuring.table(["task of a full build", *header], lines),
            measuring.table(["part", "seconds of its models and tests"], list(parts.items())),
            measuring.table(["model", "seconds"], worst),
            f"disk: {disk / 1e6:,.0f} MB = {disk / csv:.1f} × the CSV of {csv / 1e6:,.0f} MB: "
            + ", ".join(f"{k} {v / 1e6:,.0f}" for k, v in figures["disk_bytes"].items()),
            measuring.table(["a day", "seconds of loading", *header], days) if days else "",
        ]
    )


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--home", type=Path, help="keep the home here, or use the one that is here")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--release", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--full-refresh", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.task:
        print(task(given.task, given.release, given.full_refresh))
        return
    with measuring.home(given.home):
        figures = measure(shop.bring_in(given.customers), given.runs, given.days)
        print(shown(figures))


if __name__ == "__main__":
    main()

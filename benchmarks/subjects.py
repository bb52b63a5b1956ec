"""The marts of each subject alone: lifecycle and retention, value, satisfaction, with their steps and tests.

    .venv/bin/python benchmarks/subjects.py --customers 100000
    .venv/bin/python benchmarks/subjects.py --customers 150000 --ask-all

Brings a simulated shop into a home (`shop.py`), builds everything once but does not publish it, so that the
facts and the steps are there, then lets dbt build each subject once more, alone. `--ask-all` makes a shop
with far more answers. Results go to `benchmarks/results/subjects_<customers>.json`. Without `--home` all
happens in a temporary folder.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import build
import measuring
import shop

SUBJECTS = ("lifecycle and retention", "value and predictions", "satisfaction")
# what a table made anew takes away with it: views on it, of whatever subject; they cost nothing
VIEWS = "path:models/intermediate,config.materialized:view"


def selectors(subject: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what dbt selects and leaves out for a subject: a path belongs to the first that names it."""
    known = list(build.PARTS)
    # views are made anew, but the tests of what came in are no part of a subject
    before = [*(path for part in known[: known.index(subject)] for path in build.PARTS[part]), "input_layer/"]
    of_subject, of_others = (
        tuple(f"path:models/{path}*" for path in paths) for paths in (build.PARTS[subject], before)
    )
    return of_subject, of_others


def build_alone(subject: str, release_id: int) -> dict[str, int]:
    """Build the steps and marts of a subject for the candidate, with their tests."""
    from evergreen.orchestration import dbt
    from evergreen.publishing import candidate as candidates
    from evergreen.warehouse.connections import Warehouse

    warehouse = Warehouse.open()
    with candidates.building(warehouse) as connection:
        candidate = candidates.current(connection, release_id)
        of_subject, of_others = selectors(subject)
        call = dbt.Call(f"Building {subject}", candidate.active_sources, (*of_subject, VIEWS), of_others)
        done = dbt.build(warehouse, call)
    return {"relations": done.relations, "checks": len(done.checks)}


def measure(size: dict[str, int]) -> dict[str, Any]:
    """Build everything but the release, then each subject; return what each of them cost."""
    release: list[str] = []
    for names in build.BUILD[: build.BUILD.index(("build_marts",)) + 1]:
        _, release = build.run_tasks(names, release, full_refresh=True)
    subjects: dict[str, Any] = {}
    for subject in SUBJECTS:
        cost, _ = measuring.run([sys.executable, __file__, "--subject", subject, *release])
        subjects[subject] = cost.rounded()
    return {"machine": measuring.machine(), "shop": size, "subjects": subjects}


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--ask-all", action="store_true", help="ask as many of them as a small shop does")
    parser.add_argument("--home", type=Path, help="keep the home here, or use the one that is here")
    parser.add_argument("--subject", help=argparse.SUPPRESS)
    parser.add_argument("--release", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.subject:
        print(build_alone(given.subject, given.release))
        return
    with measuring.home(given.home):
        figures = measure(shop.bring_in(given.customers, ask_all=given.ask_all))
    fields = list(figures["subjects"][SUBJECTS[0]])
    lines = [[name, *cost.values()] for name, cost in figures["subjects"].items()]
    print(f"{figures['shop']}\n\n{measuring.table(['subject', *fields], lines)}")
    print(measuring.keep(f"subjects_{figures['shop']['customers']}", figures))


if __name__ == "__main__":
    main()

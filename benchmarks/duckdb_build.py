"""The same models in DuckDB: what dbt compiled for Postgres, translated, on Parquet files of what it read.

    uv run --frozen --with duckdb python benchmarks/duckdb_build.py --customers 10000
    uv run --frozen --with duckdb python benchmarks/duckdb_build.py --customers 100000 --home /var/tmp/hundred
    uv run … benchmarks/duckdb_build.py --customers 1000000 --home /var/tmp/million --runs 1 --in-file

Brings a simulated shop into a home (`shop.py`), or takes the home that is there. Postgres builds every
model from the input layer to the marts as a candidate, without the tests; Python makes predictions and
estimates in between, which are not measured. What the models read that is no model (the input layer,
predictions, estimates) is written to Parquet, and DuckDB builds the same models from it, in memory or, of a
shop that does not fit there, in a file (`--in-file`), with all cores and half of the memory, in the order of
dbt's graph. Both sides are measured in the same run, `--runs` times each. At the end the candidate is given
up; in a home that has a live release its facts are compared instead of written.

A mart counts if it agrees: the same keys, and in every row the same values; numbers may be off by a
billionth, as DuckDB divides in floating point. A line per mart says so, or how it differs; a model that
DuckDB could not build is named with the reason. Results go to `benchmarks/results/duckdb_<customers>.json`.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import agreement
import duckdb_sql
import measuring
import parquet
import shop

MODELS = ("intermediate", "marts")  # folders of the models that are built by both
MARTS = ("marts_candidate", "core")  # schemas of what is published


@dataclass
class Outcome:
    """What came of the models in DuckDB.

    cost: of all of them.
    seconds: by name of the model.
    failed: why, by name of the model.
    """

    cost: measuring.Cost
    seconds: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """A model as dbt compiled it.

    relation: its schema and name.
    query: in DuckDB's words.
    reads: schema and name of the relations in it.
    columns: Postgres' types by name.
    key: columns that tell a row.
    """

    name: str
    relation: tuple[str, str]
    is_view: bool
    query: str
    reads: set[tuple[str, str]]
    columns: dict[str, str]
    key: list[str]


def build_in_postgres() -> tuple[measuring.Cost, dict[str, float]]:
    """Build a candidate, which stays open; return what dbt's models cost, and the seconds of each."""
    from evergreen.orchestration import builds, dbt, dbt_worker
    from evergreen.orchestration.dbt_results import read_results
    from evergreen.publishing import candidate as candidates
    from evergreen.settings import activation
    from evergreen.warehouse.connections import Warehouse

    warehouse, cost, seconds = Warehouse.open(), measuring.Cost(), {}
    release = inspect.unwrap(builds.open_candidate)(full_refresh=True)

    def run(title: str, select: tuple[str, ...], exclude: tuple[str, ...] = ()) -> None:
        call = dbt.Call(title, sorted(activation()), select, exclude, tests=False)
        before = os.times()
        with candidates.building(warehouse), measuring.database_watched(cost):
            dbt.build(warehouse, call)
        dbt_worker.end()  # its CPU seconds are told once it has ended
        after = os.times()
        cost.python_cpu_seconds += after.children_user + after.children_system
        cost.python_cpu_seconds -= before.children_user + before.children_system
        for result in read_results(dbt.target_folder()):
            seconds[result["unique_id"].rpartition(".")[2]] = round(result["execution_time"], 2)

    run("Building facts", builds.FACTS)
    inspect.unwrap(builds.predict)(release)
    inspect.unwrap(builds.estimate_drivers)(release)
    run("Building marts", builds.MARTS, exclude=builds.FACTS)
    return cost, seconds


def give_up_candidate() -> None:
    """Leave the home as the live release has it."""
    from evergreen.publishing import candidate as candidates
    from evergreen.publishing.cleaning import clear_steps
    from evergreen.warehouse.connections import Warehouse

    warehouse = Warehouse.open()
    with candidates.building(warehouse) as connection, connection.transaction():
        candidates.abandon(connection)
        candidates.empty(connection, candidates.SCHEMA)
    clear_steps(warehouse)


def compiled(target: Path) -> list[Model]:
    """Return the models as dbt compiled them last, parents first."""
    known = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    keys = {
        node["attached_node"]: node["test_metadata"]["kwargs"]["columns"]
        for node in known.values()
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "primary_key"
    }
    left = {
        name: node
        for name, node in known.items()
        if node["resource_type"] == "model" and node["path"].startswith(MODELS)
    }
    folder = target / "compiled" / "evergreen" / "models"
    ordered: list[Model] = []
    while left:
        ready = [name for name, node in left.items() if not left.keys() & set(node["depends_on"]["nodes"])]
        for name in sorted(ready):
            node = left.pop(name)
            query = duckdb_sql.parsed((folder / node["path"]).read_text(encoding="utf-8"))
            ordered.append(
                Model(
                    name=node["name"],
                    relation=(node["schema"], node["alias"]),
                    is_view=node["config"]["materialized"] == "view",
                    query=duckdb_sql.in_duckdb(query),
                    reads=duckdb_sql.relations(query),
                    columns={column: said["data_type"] for column, said in node["columns"].items()},
                    key=keys.get(name) or list(node["columns"]),
                )
            )
    return ordered


def build_in_duckdb(
    models: list[Model], files: dict[tuple[str, str], Path], folder: Path, *, in_file: bool
) -> tuple[Outcome, Any]:
    """Build all models in a new database; those that fail take what reads them along.

    Args:
        models: parents first.
        files: what they read that is no model.
        folder: where a file may lie, and what memory does not hold.
        in_file: whether tables are in a file, not in memory.

    Returns:
        What came of them, and the database.
    """
    import duckdb

    from evergreen.warehouse.machine import cores, memory_bytes

    database = folder / "built.duckdb"
    database.unlink(missing_ok=True)
    duck = duckdb.connect(str(database) if in_file else ":memory:")
    duck.execute(f"set threads = {cores()}; set memory_limit = '{memory_bytes() // 2**21} MB'")
    duck.execute(f"set temp_directory = '{folder}/spilled'")
    for statement in duckdb_sql.PREPARED:
        duck.execute(statement)
    for schema in {schema for schema, _ in files} | {model.relation[0] for model in models}:
        duck.execute(f"create schema if not exists {schema}")
    for (schema, name), path in files.items():
        duck.execute(f"create view {schema}.\"{name}\" as select * from '{path}'")
    done = Outcome(measuring.Cost())
    began, cpu = time.perf_counter(), time.process_time()
    for model in models:
        each = time.perf_counter()
        schema, name = model.relation
        kind = "view" if model.is_view else "table"
        try:
            duck.execute(f'create {kind} {schema}."{name}" as {model.query}')
        except duckdb.Error as error:  # whatever it is, it is the answer
            done.failed[model.name] = str(error).strip().splitlines()[0][:160]
        done.seconds[model.name] = round(time.perf_counter() - each, 2)
    done.cost.seconds = time.perf_counter() - began
    done.cost.python_cpu_seconds = time.process_time() - cpu
    return done, duck


def compare(duck: Any, models: list[Model], done: Outcome, folder: Path) -> dict[str, agreement.Agreement]:
    """Compare all marts that DuckDB has built with those of Postgres, by name.

    With which release a row of a fact came is no answer: in a home that lived on, it is an earlier one.
    """
    marts = [model for model in models if model.relation[0] in MARTS and model.name not in done.failed]
    files = parquet.export((model.relation for model in marts), folder, numbers_as_text=True)
    return {
        model.name: agreement.compare(
            duck,
            f"'{files[model.relation]}'",
            f'{model.relation[0]}."{model.relation[1]}"',
            model.key,
            {name: kind for name, kind in model.columns.items() if name != "_from_release"},
        )
        for model in marts
    }


def measure(size: dict[str, int], runs: int, *, shuffled: bool, in_file: bool) -> dict[str, Any]:
    """Build in both, compare, and return all figures; a line per mart says whether it agrees."""
    import duckdb
    import sqlglot

    from evergreen.orchestration.dbt import target_folder

    try:
        ours = [build_in_postgres() for _ in range(runs)]
        models = compiled(target_folder())
        with tempfile.TemporaryDirectory() as folder:
            given = {read for model in models for read in model.reads} - {model.relation for model in models}
            files = parquet.export(given, Path(folder), shuffled=shuffled)
            parquet_bytes = sum(path.stat().st_size for path in files.values())
            theirs = []
            for number in range(runs):
                done, duck = build_in_duckdb(models, files, Path(folder), in_file=in_file)
                theirs.append(done)
                if number < runs - 1:
                    duck.close()
            found = compare(duck, models, done, Path(folder))
    finally:
        give_up_candidate()
    for name, each in sorted(found.items()):
        print(f"{name}: {each}")
    for name, reason in done.failed.items():
        print(f"{name}: not built: {reason}")
    return {
        "machine": measuring.machine() | {"duckdb": duckdb.__version__, "sqlglot": sqlglot.__version__},
        "shop": size,
        "runs": runs,
        "parquet_bytes": parquet_bytes,
        "duckdb_tables": "in a file" if in_file else "in memory",
        "models": len(models),
        "postgres": {
            "seconds": _middle(cost.seconds for cost, _ in ours),
            "cpu_seconds": _middle(cost.database_cpu_seconds for cost, _ in ours),
            "cpu_seconds_of_dbt": _middle(cost.python_cpu_seconds for cost, _ in ours),
        },
        "duckdb": {
            "seconds": _middle(each.cost.seconds for each in theirs),
            "cpu_seconds": _middle(each.cost.python_cpu_seconds for each in theirs),
        },
        "marts_that_agree": sum(map(bool, found.values())),
        "marts_that_differ": {name: str(each) for name, each in found.items() if not each},
        "not_built": done.failed,
        "seconds": {
            model.name: {"postgres": ours[-1][1].get(model.name), "duckdb": done.seconds[model.name]}
            for model in models
        },
    }


def _middle(values: Iterable[float]) -> float:
    return round(statistics.median(values), 1)


def shown(figures: dict[str, Any]) -> str:
    """Return both sides as Markdown, and the models that take Postgres longest."""
    sides = [
        [name, *(figures[name].get(key, 0) for key in ("seconds", "cpu_seconds", "cpu_seconds_of_dbt"))]
        for name in ("postgres", "duckdb")
    ]
    slowest = sorted(figures["seconds"].items(), key=lambda item: -(item[1]["postgres"] or 0))[:15]
    return "\n\n".join(
        [
            f"{figures['models']} models without tests; {figures['marts_that_agree']} marts agree,"
            f" {len(figures['marts_that_differ'])} differ",
            measuring.table(["all models", "wall clock, s", "CPU, s", "CPU of dbt, s"], sides),
            measuring.table(
                ["model, wall clock", "postgres, s", "duckdb, s"],
                [[name, each["postgres"] or 0, each["duckdb"]] for name, each in slowest],
            ),
        ]
    )


def main() -> None:
    """Read the arguments, build and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--home", type=Path, help="keep the home here, or use the one that is here")
    parser.add_argument(
        "--shuffle",
        action="store_true",
        help="give DuckDB its rows in another order: no answer may depend on it",
    )
    parser.add_argument("--in-file", action="store_true", help="DuckDB's tables are in a file, not in memory")
    given = parser.parse_args()
    with measuring.home(given.home):
        figures = measure(
            shop.bring_in(given.customers), given.runs, shuffled=given.shuffle, in_file=given.in_file
        )
    print(shown(figures))
    if not given.shuffle:  # its times are no one's
        print(measuring.keep(f"duckdb_{figures['shop']['customers']}", figures))


if __name__ == "__main__":
    main()

"""The same models in DuckDB: what dbt compiled for Postgres, translated, on Parquet files of the input layer.

    uv run --frozen --with duckdb python benchmarks/duckdb_build.py --home /var/tmp/hundred

Takes a home that `build.py` has left. The input layer and what Python computes between two builds of dbt
(predictions, estimates) are written to Parquet; then every model from there to the marts is built by DuckDB,
in memory, with all cores and half of the memory, in the order of dbt's graph. A model counts if DuckDB's
answer agrees with the mart in Postgres: as many rows, the same sum of every numeric column (to five digits,
as DuckDB divides in floating point) and as many values of every other. What could not be translated is
named, and so is what depends on it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import measuring
import shop

LAYERS = ("intermediate", "core", "marts")
GIVEN = ("input_layer", "predictions", "estimates", "audit", "staging")
MARTS = "marts_candidate"  # where dbt builds them
NUMBERS = ("numeric", "integer", "bigint", "smallint", "double precision")
# relative: DuckDB divides and takes means in floating point, and rounds on the way
TOLERANCE = 1e-5
# the input layer shows what a candidate reads
_LIVE_AS_CANDIDATE = """
insert into audit.candidate (
    release_id, generation, as_of_date, through_promotion, since_promotion, is_full, active_sources,
    configuration_hash, state
)
select
    release_id, generation, as_of_date, through_promotion, 0, true, active_sources,
    configuration_hash, 'open'
from audit.releases
where is_live
"""
# of Postgres: how many values of an ascending list are no larger
WIDTH_BUCKET = "create macro width_bucket(value, list) as len(list_filter(list, lambda one: one <= value))"


@dataclass
class Outcome:
    """What came of the models: seconds by name, reasons of those that failed."""

    seconds: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def models(target: Path) -> list[dict[str, Any]]:
    """Return the models from the input layer on, parents first, each with its compiled SQL."""
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    left = {
        name: node
        for name, node in nodes.items()
        if node["resource_type"] == "model" and node["path"].startswith(("intermediate", "marts"))
    }
    compiled = target / "compiled" / "evergreen" / "models"
    ordered: list[dict[str, Any]] = []
    while left:
        ready = [n for n in left if not any(parent in left for parent in left[n]["depends_on"]["nodes"])]
        for name in sorted(ready):
            node = left.pop(name)
            path = compiled / node["path"]
            ordered.append(node | {"sql": path.read_text(encoding="utf-8") if path.exists() else ""})
    return ordered


def export(folder: Path) -> dict[str, Path]:
    """Write what is given to Parquet, by `schema.relation`, in the types that Postgres has."""
    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    from evergreen.warehouse.connections import Warehouse

    kinds = {
        "integer": pa.int32(),
        "bigint": pa.int64(),
        "smallint": pa.int16(),
        "double precision": pa.float64(),
        "numeric": pa.decimal128(28, 10),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp without time zone": pa.timestamp("us"),
    }
    written = {}
    with Warehouse.open().connect("admin") as connection:
        connection.execute(_LIVE_AS_CANDIDATE)
        relations = connection.execute(
            "select table_schema, table_name, array_agg(column_name::text order by ordinal_position),"
            " array_agg(data_type::text order by ordinal_position)"
            " from information_schema.columns where table_schema = any(%s) group by 1, 2",
            [list(GIVEN)],
        ).fetchall()
        for schema, name, columns, types in relations:
            if schema == "staging" and name not in ("survey_items",) and name.startswith(("stg_", "_")):
                continue
            if schema == "audit" and name != "candidate":
                continue
            sink = pa.BufferOutputStream()
            with connection.cursor().copy(
                f'copy (select * from {schema}."{name}") to stdout (format csv)'
            ) as copy:
                for block in copy:
                    sink.write(block)
            options = pc.ConvertOptions(
                column_types={c: kinds.get(t, pa.string()) for c, t in zip(columns, types, strict=True)},
                null_values=[""],
                strings_can_be_null=True,
                true_values=["t"],
                false_values=["f"],
                quoted_strings_can_be_null=False,
            )
            if sink.tell():
                table = pc.read_csv(
                    pa.BufferReader(sink.getvalue()),
                    pc.ReadOptions(column_names=columns),
                    pc.ParseOptions(newlines_in_values=True),
                    options,
                )
            else:
                table = pa.table({c: pa.array([], options.column_types[c]) for c in columns})
            path = folder / f"{schema}.{name}.parquet"
            pq.write_table(table, path)
            written[f"{schema}.{name}"] = path
        connection.rollback()
    return written


def translated(sql: str) -> str:
    """Return compiled SQL in DuckDB's words."""
    import sqlglot

    sql = re.sub(r'"evergreen"\."(\w+)"', r'"\1"', sql).replace(f'"{MARTS}"', '"marts"')
    sql = re.sub(r"\btrim_scale\(", "(", sql)  # digits that DuckDB's floats do not have
    sql = re.sub(r"\bas (not )?materialized \(", "as (", sql)  # DuckDB decides by itself
    return sqlglot.parse_one(sql, read="postgres").transform(_reworded).sql("duckdb")


def _reworded(node: Any) -> Any:
    """Return a part of a query with what the translator leaves as it is.

    Quantiles, division of whole numbers, and numeric without a scale: DuckDB would keep three digits of it.
    """
    from sqlglot import exp

    if isinstance(node, exp.DataType) and node.is_type("decimal") and not node.expressions:
        return exp.DataType.build("double")
    if isinstance(node, exp.WithinGroup) and isinstance(node.this, exp.PercentileCont):
        value = node.expression.expressions[0].this
        return exp.func("quantile_cont", value, node.this.this)
    if isinstance(node, exp.Div) and isinstance(node.left, exp.Cast) and node.right.is_int:
        return exp.IntDiv(this=node.left, expression=node.right)
    return node


def build(connection: Any, nodes: list[dict[str, Any]]) -> Outcome:
    """Build all models; those that fail take what reads them along."""
    done = Outcome()
    for node in nodes:
        schema = node["schema"].replace(MARTS, "marts")
        began = time.perf_counter()
        try:
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            query = translated(node["sql"])
            connection.execute(f'create or replace {kind} {schema}."{node["alias"]}" as {query}')
        except Exception as error:  # whatever it is, it is the answer
            done.failed[node["name"]] = str(error).strip().splitlines()[0][:160]
            continue
        done.seconds[node["name"]] = round(time.perf_counter() - began, 2)
    return done


def agrees(duck: Any, node: dict[str, Any]) -> bool:
    """Tell whether the mart has as many rows and values in both, and the same sums."""
    parts = ["count(*)"]
    for name, column in node["columns"].items():
        parts.append(f'{"sum" if column.get("data_type") in NUMBERS else "count"}("{name}")')
    query = f'select {", ".join(parts)} from marts."{node["alias"]}"'
    pairs = zip(measuring.rows(query)[0], duck.execute(query).fetchall()[0], strict=True)
    return all(
        abs(a - b) <= TOLERANCE * max(1.0, abs(a), abs(b)) for a, b in (_numbers(*pair) for pair in pairs)
    )


def _numbers(ours: Any, theirs: Any) -> tuple[float, float]:
    return float(ours or 0), float(theirs or 0)


def compile_models(folder: Path) -> None:
    """Let dbt write the SQL of a full build as of the live release to `folder`."""
    from evergreen.orchestration.dbt import credentials
    from evergreen.settings import settings
    from evergreen.warehouse.connections import Warehouse

    [[as_of, sources]] = measuring.rows("select as_of_date, active_sources from audit.releases where is_live")
    project = settings().project / "dbt_project"
    variables = {"as_of_date": f"{as_of}", "active_sources": sources}
    subprocess.run(
        [
            *(sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", "compile"),
            *("--project-dir", project, "--profiles-dir", project),
            *("--target-path", folder, "--log-path", folder, "--vars", json.dumps(variables)),
            *("--select", "path:models/intermediate", "path:models/marts"),
        ],
        env=os.environ | credentials(Warehouse.open()),
        check=True,
    )


def run_once(nodes: list[dict[str, Any]], files: dict[str, Path]) -> tuple[Outcome, Any]:
    """Build everything in a new database; return what came of it, and the database."""
    import duckdb

    from evergreen.warehouse.machine import cores, memory_bytes

    duck = duckdb.connect()
    duck.execute(f"set threads = {cores()}; set memory_limit = '{memory_bytes() // 2**21} MB'")
    duck.execute(WIDTH_BUCKET)
    for schema in {*LAYERS, *GIVEN}:
        duck.execute(f"create schema if not exists {schema}")
    for name, path in files.items():
        schema, _, relation = name.partition(".")
        duck.execute(f"create view {schema}.\"{relation}\" as select * from '{path}'")
    return build(duck, nodes), duck


def main() -> None:
    """Read the arguments, build and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    os.environ["EVERGREEN_HOME"] = str(given.home / "home")
    with tempfile.TemporaryDirectory() as folder:
        compile_models(Path(folder) / "dbt")
        nodes = models(Path(folder) / "dbt")
        files = export(Path(folder))
        runs = []
        for _ in range(given.runs):
            began, cpu = time.perf_counter(), time.process_time()
            done, duck = run_once(nodes, files)
            runs.append((time.perf_counter() - began, time.process_time() - cpu))
        marts = [n for n in nodes if n["schema"] == MARTS and n["name"] in done.seconds]
        differing = [node["name"] for node in marts if not agrees(duck, node)]
    figures = {
        "machine": measuring.machine(),
        "shop": shop.size(),
        "seconds": round(statistics.median(run[0] for run in runs), 1),
        "cpu_seconds": round(statistics.median(run[1] for run in runs), 1),
        "parquet_bytes": sum(path.stat().st_size for path in files.values() if path.exists()),
        "models_built": len(done.seconds),
        "marts_compared": len(marts),
        "marts_that_differ": differing,
        "not_built": done.failed,
        "slowest": dict(sorted(done.seconds.items(), key=lambda item: -item[1])[:15]),
    }
    print(json.dumps(figures, indent=2))
    print(measuring.keep(f"duckdb_{figures['shop']['customers']}", figures))


if __name__ == "__main__":
    main()

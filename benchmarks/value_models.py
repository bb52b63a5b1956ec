"""One million customers: fit and score end to end.

    .venv/bin/python benchmarks/value_models.py --customers 1000000

Makes a home of its own below a temporary folder, fills what dbt would leave for the models with customers
drawn from a Pareto/NBD, and runs the task `predict` in a process of its own: COPY out, three models fitted to
the calibration period and judged by the holdout, the best one fitted to everything, all customers scored, and
COPY in. With --segments, customers are dealt to so many, which do not differ: these are fitted, too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time

import measuring
import numpy as np

AS_OF, DAYS, HELD_OUT = "2024-12-31", 1096, 365
RATES, DEATHS, SPEND = (0.55, 10.58 * 7), (0.61, 11.67 * 7), (6.25, 3.74, 15.44)


def draw(customers: int, seed: int = 6) -> dict[str, np.ndarray]:
    """Return the columns of int_prediction__histories, (customers,) each; days are whole numbers."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, DAYS, customers)
    span = DAYS - first
    rate = rng.gamma(RATES[0], 1.0 / RATES[1], customers)
    life = np.minimum(
        rng.exponential(1.0, customers) / rng.gamma(DEATHS[0], 1.0 / DEATHS[1], customers), span
    )
    orders = rng.poisson(rate * life)
    owner = np.repeat(np.arange(customers), orders)
    day = first[owner] + np.ceil(rng.random(len(owner)) * life[owner]).astype(np.int64)
    kept = (day > first[owner]) & (day < DAYS)
    pairs = np.unique(owner[kept] * (DAYS + 1) + day[kept])  # occasions are customer-days
    owner, day = pairs // (DAYS + 1), pairs % (DAYS + 1)
    level = rng.gamma(SPEND[1], 1.0 / SPEND[2], customers)
    value = np.round(rng.gamma(SPEND[0], 1.0, len(owner)) / level[owner], 2)
    cut = DAYS - 1 - HELD_OUT

    def summed(rows: np.ndarray, end: int, prefix: str) -> dict[str, np.ndarray]:
        count = np.bincount(owner[rows], minlength=customers)
        last = first.copy()
        np.maximum.at(last, owner[rows], day[rows])
        total = np.bincount(owner[rows], weights=value[rows], minlength=customers)
        return {
            f"{prefix}frequency": count,
            f"{prefix}recency_days": last - first,
            f"{prefix}age_days": end - first,
            f"{prefix}valued_orders": count,
            f"{prefix}mean_value": np.divide(total, count, out=np.full(customers, np.nan), where=count > 0),
        }

    early, known = day <= cut, first <= cut
    following = np.full(customers, np.inf)
    np.minimum.at(following, owner[~early], day[~early])
    calibration = {
        name: np.where(known, column, np.nan) for name, column in summed(early, cut, "calibration_").items()
    }
    return {
        "customer_id": np.array([f"{number:024x}" for number in range(customers)]),
        **calibration,
        "holdout_orders": np.bincount(owner[~early], minlength=customers) + ~known,
        "holdout_wait_days": np.where(np.isfinite(following), following - cut, np.nan),
        **summed(np.ones(len(day), dtype=bool), DAYS - 1, ""),
    }


def prepare(columns: dict[str, np.ndarray]) -> int:
    """Fill the tables that the task reads; return the candidate's number."""
    import pyarrow as pa
    from pyarrow import csv

    from evergreen.warehouse import migrate
    from evergreen.warehouse.connections import Warehouse

    warehouse = Warehouse.open()
    migrate.apply(warehouse)
    texts = {"customer_id", "segment"}
    whole = {name for name in columns if name not in texts and not name.endswith("mean_value")}
    kinds = [
        f"{name} {'text' if name in texts else 'integer' if name in whole else 'double precision'}"
        for name in sorted({*columns, "segment"})
    ]
    signals = [
        f"{p}has_{s} boolean default false"
        for p in ("calibration_", "")
        for s in ("low_score", "open_complaint", "notice")
    ]
    arrays = {name: pa.array(values, from_pandas=True) for name, values in columns.items()}
    table = pa.table(
        {name: array.cast(pa.int64()) if name in whole else array for name, array in arrays.items()}
    )
    with warehouse.connect("transformer") as connection:
        histories = "intermediate.int_prediction__histories"
        connection.execute(f"create table {histories} ({', '.join([*kinds, *signals])})")
        with connection.cursor().copy(
            f"copy {histories} ({', '.join(columns)}) from stdin (format csv)"
        ) as copy:
            for batch in table.to_batches(max_chunksize=1 << 16):
                block = pa.BufferOutputStream()
                csv.write_csv(batch, block, csv.WriteOptions(include_header=False))
                copy.write(block.getvalue().to_pybytes())
        connection.execute(
            "create table intermediate.int_prediction__terms as select 90 as churn_days,"
            " 0.1::float8 as annual_discount, 30::float8 as lifetime_years, 200 as segment_repeaters,"
            f" date '{AS_OF}' - {DAYS - 1} as calibration_start,"
            f" date '{AS_OF}' - {HELD_OUT} as calibration_end, date '{AS_OF}' as as_of_date"
        )
        found = connection.execute(
            "insert into audit.candidate (generation, as_of_date, through_promotion)"
            " values (1, %s, 0) returning release_id",
            [AS_OF],
        ).fetchone()
    assert found
    return int(found[0])


def measure(release_id: int) -> None:
    """Run the task and print what it took."""
    began = time.perf_counter()
    from evergreen.orchestration.predictions import predict_candidate
    from evergreen.warehouse.connections import Warehouse

    done = predict_candidate(Warehouse.open(), release_id)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            done
            | {
                "seconds": round(time.perf_counter() - began, 2),
                "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
                "peak_megabytes": round(used.ru_maxrss / 1024),
            }
        )
    )


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--segments", type=int, default=0)
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure(given.measure)
        return
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in the tasks: orchestration/environment.py
    with measuring.home():
        columns = draw(given.customers)
        if given.segments:
            columns["segment"] = np.char.add(
                "segment ", (np.arange(given.customers) % given.segments).astype(str)
            )
        release_id = prepare(columns)
        subprocess.run([sys.executable, __file__, "--measure", str(release_id)], check=True)


if __name__ == "__main__":
    main()

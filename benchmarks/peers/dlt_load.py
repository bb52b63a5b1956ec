"""dlt's load of CSV files into Postgres, in this folder's environment: loading.py runs it.

    python dlt_load.py <folder> <column> ...

Reads the files with Arrow, which is what dlt's makers recommend for speed, and merges them by the key
(order_id, line_number). Where to is in DESTINATION__POSTGRES__CREDENTIALS. Prints seconds and processor
seconds as JSON.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import dlt
import pyarrow as pa
from pyarrow import csv

KEY = ["order_id", "line_number"]
KINDS = {
    "quantity": pa.int32(),
    "ordered_at": pa.timestamp("us"),
    "unit_price": pa.decimal128(12, 2),
    "line_number": pa.int32(),
}


def read(folder: Path, columns: list[str]) -> Iterator[pa.Table]:
    """Yield one table per file."""
    kinds = dict.fromkeys(columns, pa.string()) | KINDS
    for path in sorted(folder.iterdir()):
        yield csv.read_csv(
            path,
            read_options=csv.ReadOptions(column_names=columns, skip_rows=1),
            convert_options=csv.ConvertOptions(column_types=kinds, strings_can_be_null=True),
        )


def load(folder: Path, columns: list[str]) -> dict[str, float]:
    """Load all files into the table `dlt_peer.lines`; return what that took."""
    lines = dlt.resource(
        read(folder, columns), name="lines", primary_key=KEY, write_disposition="merge", file_format="csv"
    )
    with tempfile.TemporaryDirectory(prefix="evergreen-benchmark-") as state:
        pipeline = dlt.pipeline("peer", pipelines_dir=state, destination="postgres", dataset_name="dlt_peer")
        began, cpu = time.perf_counter(), time.process_time()
        pipeline.run(lines)
        return {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}


if __name__ == "__main__":
    print(json.dumps(load(Path(sys.argv[1]), sys.argv[2:])))

"""Parquet files: every type as text, read in batches."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evergreen.sources.files import FileDelivery
from evergreen.sources.reading import UnreadableDelivery
from sources.making import body, columns, delivery, records


def landed(tmp_path: Path, **arrays: Any) -> FileDelivery:
    pq.write_table(pa.table(arrays), tmp_path / "a.parquet")
    return delivery(tmp_path / "a.parquet", *arrays, files=["*.parquet"])


def test_types(tmp_path: Path) -> None:
    moment = dt.datetime(2010, 12, 1, 8, 26)
    found = landed(
        tmp_path,
        number=[1.5, None],
        whole=[1, None],
        exact=[decimal.Decimal("1.10"), None],
        flag=[True, None],
        moment=pa.array([moment, None], pa.timestamp("us")),
        zoned=pa.array([moment, None], pa.timestamp("us", "Europe/London")),
        day=[dt.date(2010, 12, 1), None],
        text=['a "b",\nc', ""],
        coded=pa.array(["x", None]).dictionary_encode(),
        raw=[b"\xff\0", None],
        nested=[{"a": [1, None]}, None],
        nothing=pa.nulls(2),
    )
    assert columns(found)[:4] == ["number", "whole", "exact", "flag"]
    first = ["1.5", "1", "1.10", "true", "2010-12-01 08:26:00.000000", "2010-12-01 08:26:00.000000+0000"]
    first += ["2010-12-01", 'a "b",\nc', "x", "\\xff00", '{"a": [1, null]}']
    assert list(csv.reader(io.StringIO(body(found).decode()))) == [[*first, ""], [""] * 12]
    assert records(found) == [(2, [*first, None], None), (3, [None] * 7 + ["", None, None, None, None], None)]


def test_large_files_come_in_small_blocks(tmp_path: Path) -> None:
    with landed(tmp_path, a=list(range(100_000)), b=["x" * 20] * 100_000).open() as stream:
        sizes = [len(block) for block in stream.blocks]
    assert len(sizes) > 5 and max(sizes) < 1 << 20


def test_wide_rows_make_short_batches(tmp_path: Path) -> None:
    cells = [f"{i:07}" * 30_000 for i in range(60)]
    with landed(tmp_path, a=cells).open() as stream:
        sizes = [len(block) for block in stream.blocks]
    assert sum(sizes) == sum(map(len, cells)) + 3 * len(cells) and max(sizes) <= 10 << 20


def test_a_nul_character_is_a_problem_of_its_record(tmp_path: Path) -> None:
    assert records(landed(tmp_path, a=["x\0y", "z"])) == [
        (2, None, "the record holds a NUL character"),
        (3, ["z"], None),
    ]


def test_what_is_no_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    for content in (b"", b"a,b\n1,2\n", b"PAR1" + b"\0" * 100 + b"PAR1"):
        path.write_bytes(content)
        with pytest.raises(UnreadableDelivery, match=r"a\.parquet: is no Parquet file that can be read"):
            body(delivery(path, "a", files=["*.parquet"]))


def test_a_damaged_file_is_rejected(tmp_path: Path) -> None:
    landed(tmp_path, a=[f"text {i * 7919 % 10007}" for i in range(50_000)])
    path = tmp_path / "a.parquet"
    content = bytearray(path.read_bytes())
    content[100:2000] = b"\xaa" * 1900
    path.write_bytes(content)
    with pytest.raises(UnreadableDelivery, match=r"a\.parquet: is damaged \(.*\): deliver the file again"):
        body(delivery(path, "a", files=["*.parquet"]))

"""Both ways into the warehouse, the fast one through COPY and the tolerant one, read the same."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from evergreen.sources.files import FileDelivery
from evergreen.sources.reading import BrokenContent
from evergreen.warehouse.connections import Warehouse
from sources.making import delivery

Rows = list[list[str | None]]

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)


@pytest.fixture(scope="module")
def server(session_warehouse: Warehouse) -> Iterator[psycopg.Connection[Any]]:
    with session_warehouse.connect("admin") as connection:
        yield connection


def copied(server: psycopg.Connection[Any], found: FileDelivery) -> Rows:
    """Land a delivery the fast way and read it back.

    Raises:
        psycopg.Error, BrokenContent: it goes the tolerant way.
    """
    with found.open() as stream, server.transaction(force_rollback=True), server.cursor() as cursor:
        names = [sql.Identifier(f"c{i}") for i in range(len(stream.columns))]
        typed = sql.SQL(", ").join(sql.SQL("{} text").format(name) for name in names)
        cursor.execute(sql.SQL("create temporary table landed ({}, n serial)").format(typed))
        statement = sql.SQL("copy landed ({}) from stdin ({})").format(
            sql.SQL(", ").join(names), sql.SQL(stream.copy_options)
        )
        with cursor.copy(statement) as copy:
            for block in stream.blocks:
                copy.write(block)
        wanted = sql.SQL("select {} from landed order by n").format(sql.SQL(", ").join(names))
        return [list(row) for row in cursor.execute(wanted).fetchall()]


def tolerated(found: FileDelivery) -> tuple[Rows, int]:
    """Read the tolerant way; return the sound records and the number of broken ones."""
    with found.open() as stream:
        records = list(stream.reopen_tolerant())
    return [r.fields for r in records if r.fields is not None], sum(r.problem is not None for r in records)


# Python's writer leaves a lone \r unquoted where lines end with \n: such a file means two things.
cells = st.text(st.characters(exclude_characters="\0\r", codec="utf-8"), max_size=6) | st.sampled_from(
    ["", '"', ",", "\\.", "\n\\.\n", "\\N", "NULL", "a\r\nb", "=1+1", " x ", "\u202eabc", "😀"]
)


@relaxed
@given(
    rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=8),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    delimiter=st.sampled_from([",", ";", "\t"]),
)
def test_any_table_that_a_csv_writer_writes(
    server: psycopg.Connection[Any], rows: list[tuple[str, str]], quoting: Any, end: str, delimiter: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting, lineterminator=end, delimiter=delimiter)
    writer.writerows([("a", "b"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(out.getvalue().encode())
        found = delivery(path, "a", "b", files=[{"match": "*.csv", "delimiter": delimiter}])
        expected = [[cell or None for cell in row] for row in rows]
        records, problems = tolerated(found)
        assert problems == 0 and [[cell or None for cell in row] for row in records] == expected
        try:
            landed = copied(server, found)
        except BrokenContent as refusal:
            assert "\\." in out.getvalue() and "\\." in str(refusal)
        else:
            assert [[cell or None for cell in row] for row in landed] == expected


@relaxed
@given(
    text=st.lists(st.sampled_from(['"', ",", "\n", "a", '""', "b c", "\r\n", "\\.", "é", '",', ',"'])).map(
        "".join
    )
)
def test_any_text_at_all_is_read_alike_or_not_by_copy(server: psycopg.Connection[Any], text: str) -> None:
    """Where COPY accepts a file, the tolerant way finds the same records and nothing broken."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(b"a,b\n" + text.encode())
        found = delivery(path, "a", "b")
        try:
            landed = copied(server, found)
        except (BrokenContent, psycopg.errors.DataError):
            return
        assert (landed, 0) == tolerated(found)


@pytest.mark.parametrize(
    ("rows", "kept", "broken"),
    [
        (b"1,2\n3\n4,5\n", [["1", "2"], ["4", "5"]], 1),
        (b"1,2\n3,\0\n4,5\n", [["1", "2"], ["4", "5"]], 1),
        (b"1,2\n3,\xff\n4,5\n", [["1", "2"], ["4", "5"]], 1),
        (b'1,2\n3,"4\n4,5\n', [["1", "2"], ["4", "5"]], 1),
        (b"1,2\n\\.\n4,5\n", [["1", "2"], ["4", "5"]], 1),
        (b"1,2\n\n4,5\n", [["1", "2"], ["4", "5"]], 0),
        (b"1,2\r\n4,5\n", [["1", "2"], ["4", "5"]], 0),
        (b'1,3" pipe\n2,4" pipe\n', [["1", '3" pipe'], ["2", '4" pipe']], 0),
    ],
)
def test_what_copy_refuses_is_read_the_tolerant_way(
    server: psycopg.Connection[Any], tmp_path: Path, rows: bytes, kept: Rows, broken: int
) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b\n" + rows)
    found = delivery(tmp_path / "a.csv", "a", "b")
    with pytest.raises((BrokenContent, psycopg.errors.DataError)):
        copied(server, found)
    assert tolerated(found) == (kept, broken)


@pytest.mark.parametrize(
    "encoding", ["latin-1", "cp1252", "iso8859-15", "cp1251", "koi8-r", "utf-16", "gb18030"]
)
def test_encodings(server: psycopg.Connection[Any], tmp_path: Path, encoding: str) -> None:
    letters = "".join(c for c in "äß€жλ客ñ" if c.encode(encoding, "ignore"))
    (tmp_path / "a.csv").write_bytes(f"a,b\n{letters},1\n".encode(encoding))
    found = delivery(tmp_path / "a.csv", "a", "b", files=[{"match": "*.csv", "encoding": encoding}])
    assert letters and copied(server, found) == [[letters, "1"]] == tolerated(found)[0]


def test_blanks(server: psycopg.Connection[Any], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b' a  b\r\n 1  "x\r\n\r\n .   2\r\n')
    form = [{"match": "*.txt", "format": "blanks", "null_text": "."}]
    found = delivery(tmp_path / "a.txt", "a", "b", files=form)
    assert copied(server, found) == [["1", '"x'], [None, "2"]] == tolerated(found)[0]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)


@relaxed
@given(items=st.lists(st.dictionaries(st.sampled_from(["a", "b", "ç"]), json_values, min_size=1), min_size=1))
@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_json(server: psycopg.Connection[Any], ending: str, items: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a.{ending}"
        lines = [json.dumps(item, ensure_ascii=False) for item in items]
        text = "\n".join(lines) if ending == "jsonl" else json.dumps(items, indent=1)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        found = delivery(path, "a", "b", files=[f"*.{ending}"])
        records, problems = tolerated(found)
        assert len(records) + problems == len(items)
        try:
            landed = copied(server, found)
        except (BrokenContent, psycopg.errors.DataError):
            return
        assert problems == 0
        assert landed == records

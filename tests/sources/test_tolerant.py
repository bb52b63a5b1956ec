"""The tolerant way: a broken record costs itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.sources.formats import lines, tolerant
from evergreen.sources.formats.tolerant import Dialect, tolerant_records
from evergreen.sources.reading import BrokenContent

THREE = Dialect(3, encoding="utf-8", declared_encoding="utf-8")


def read(
    text: bytes, dialect: Dialect = THREE, size: int = 5
) -> list[tuple[int, list[str | None] | None, str | None]]:
    blocks = [text[i : i + size] for i in range(0, len(text), size)]
    return [(r.line_number, r.fields, r.problem) for r in tolerant_records(blocks, dialect)]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (b"1,2,3\n", [(2, ["1", "2", "3"], None)]),
        (b'1,"a ""b"", c",\n', [(2, ["1", 'a "b", c', None], None)]),
        (b'1,"",3', [(2, ["1", "", "3"], None)]),
        (b'1,"a\r\nb",3\r\n4,5,6\r\n', [(2, ["1", "a\r\nb", "3"], None), (3, ["4", "5", "6"], None)]),
        (b"1,2,3\r4,5,6\r", [(2, ["1", "2", "3"], None), (3, ["4", "5", "6"], None)]),
        (b"1,2\rx,3\n", [(2, ["1", "2\rx", "3"], None)]),
        (b"1,2,3\n\n  \n4,5,6\n\n", [(2, ["1", "2", "3"], None), (3, ["4", "5", "6"], None)]),
        (b'1,3" pipe,3\n', [(2, ["1", '3" pipe', "3"], None)]),
    ],
)
def test_sound_records(text: bytes, seen: list[object]) -> None:
    assert read(text) == seen


GOOD = b"7,8,9\n"


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (b"1,2\n", "2 fields where the header has 3"),
        (b"1,2,3,4\n", "4 fields where the header has 3"),
        (b"1,\0,3\n", "the record holds a NUL byte"),
        (b"1,\xe9,3\n", "byte 3 of the record is not utf-8: is its `encoding` another?"),
        (b'1,"a"b,3\n', "text follows a closing quote"),
        (b'1,"2,3\n', "a quote is not closed"),
        (b'"1,2,3\n', "a quote is not closed"),
        (b'"\n', "a quote is not closed"),
    ],
)
@pytest.mark.parametrize("before", [b"", GOOD])
@pytest.mark.parametrize("after", [b"", GOOD, GOOD * 3, b'"7",8,9\n'])
def test_a_broken_record_swallows_none(broken: bytes, problem: str, before: bytes, after: bytes) -> None:
    seen = read(before + broken + after)
    number = 3 if before else 2
    assert seen[number - 2] == (number, None, problem)
    others = [fields for n, fields, _ in seen if n != number]
    assert others == [["7", "8", "9"]] * ((before + after).count(b"\n"))


def test_raw_text_can_be_stored() -> None:
    [record] = tolerant_records([b"1,\0\xff"], THREE)
    assert record.raw_text == "1,\\x00\\xff"


def test_damage_becomes_the_last_record() -> None:
    def blocks() -> Iterator[bytes]:
        yield b"1,2,3\n4,5"
        raise BrokenContent("a.csv: is cut off")

    seen = [(r.line_number, r.fields, r.problem) for r in tolerant_records(blocks(), THREE)]
    assert seen == [
        (2, ["1", "2", "3"], None),
        (3, None, "2 fields where the header has 3"),
        (4, None, "a.csv: is cut off"),
    ]


def test_a_cell_of_ten_megabytes_is_a_cell() -> None:
    cell = (b"x" * 79 + b"\n") * 130_000
    seen = read(b'1,"' + cell + b'",3\n4,5\n7,8,9\n', size=1 << 20)
    assert seen[0] == (2, ["1", cell.decode(), "3"], None)
    assert [problem for _, _, problem in seen[1:]] == ["2 fields where the header has 3", None]


def test_a_record_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_RECORD", 1 << 20)
    monkeypatch.setattr(tolerant, "LONGEST_RECORD", 1 << 20)
    [first, second] = tolerant_records([b"1,2,"] + [b"x" * 1000] * 2000 + [b"\n7,8,9\n"], THREE)
    assert first.problem == "the record is longer than 1 MiB" and len(first.raw_text) < 20_000
    assert second.fields == ["7", "8", "9"] and second.line_number == 3


def test_null_text() -> None:
    dialect = Dialect(2, encoding="utf-8", declared_encoding="utf-8", null_text="NA")
    assert read(b'NA,"NA"\n,x\n', dialect) == [(2, [None, "NA"], None), (3, ["", "x"], None)]


def test_a_line_of_delimiters_is_a_record_an_empty_one_is_not() -> None:
    tabs = Dialect(2, encoding="utf-8", declared_encoding="utf-8", delimiter=b"\t")
    assert read(b"\t\n\n \n", tabs) == [(2, [None, None], None)]
    single = Dialect(1, encoding="utf-8", declared_encoding="utf-8")
    assert read(b"\nx\n", single) == [(2, [None], None), (3, ["x"], None)]


def test_blanks() -> None:
    dialect = Dialect(2, encoding="utf-8", declared_encoding="utf-8", delimiter=None, quote=None)
    assert read(b'  1 \t "2\r\n\r\n 3\n', dialect) == [
        (2, ["1", '"2'], None),
        (3, None, "1 fields where the header has 2"),
    ]


cells = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=8)


@given(st.lists(st.tuples(cells, cells, cells), max_size=6), st.integers(1, 20))
def test_reads_what_a_csv_writer_writes(rows: list[tuple[str, str, str]], size: int) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    seen = read(out.getvalue().encode(), size=size)
    assert [fields for _, fields, _ in seen] == [list(row) for row in rows]
    assert all(problem is None for _, _, problem in seen)

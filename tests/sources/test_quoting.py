"""What passes the check of quotes means the same to COPY and to everybody else."""

from __future__ import annotations

import csv
import io
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evergreen.sources.formats.quoting import QuoteCheck
from evergreen.sources.reading import BrokenContent


def is_sound(text: bytes, cuts: list[int] | None = None, delimiter: str = ",") -> bool:
    """Check a text cut into blocks."""
    check = QuoteCheck("a.csv", delimiter)
    ends = [0, *sorted(c for c in cuts or [] if c < len(text)), len(text)]
    try:
        for start, end in pairwise(ends):
            check.feed(text[start:end])
        check.finish()
    except BrokenContent:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"1,2\n",
        b'"a","b"\n',
        b'a,"b, ""c"" \n d",e\r\n',
        b'"",""""\n',
        b'"a"\n"b"',
        b'1,"\\."\n',
    ],
)
def test_sound(text: bytes) -> None:
    assert is_sound(text)


@pytest.mark.parametrize(
    "text",
    [
        b'1,3" pipe,5\n2,4" pipe,6\n',
        b'1,3",5\n2,4",6\n',
        b'1,"a"b,2\n',
        b'1,"a" ,2\n',
        b'1, "a",2\n',
        b'1,"a,2\n',
        b'"""',
        b"a\n\\.\nb\n",
        b"\\.\r\n",
        b'"a\n\\.\n"',
    ],
)
def test_unsound(text: bytes) -> None:
    assert not is_sound(text)


def test_the_delimiter_decides() -> None:
    assert is_sound(b'1;"a,b";2\n', delimiter=";")
    assert not is_sound(b'1,"a",2\n', delimiter=";")


texts = st.lists(st.sampled_from([b'"', b",", b"\n", b"a", b'""', b',"', b'",', b"\r\n"]), max_size=30)


@given(texts.map(b"".join), st.lists(st.integers(0, 40)))
@example(b'"a"', [2])
@example(b'""""', [1, 2, 3])
@example(b'x"y', [1])
def test_where_blocks_end_makes_no_difference(text: bytes, cuts: list[int]) -> None:
    assert is_sound(text) == is_sound(text, cuts)


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\0\r", codec="utf-8")), min_size=2), max_size=8
    )
)
def test_what_a_csv_writer_writes_is_sound(rows: list[list[str]]) -> None:
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
        out = io.StringIO()
        csv.writer(out, quoting=quoting, lineterminator="\n").writerows(rows)
        written = out.getvalue().encode()
        assert is_sound(written, [3, 7]) or b"\n\\." in written

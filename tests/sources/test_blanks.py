"""Files whose fields are parted by blanks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.sources.formats.blanks import squeezed
from evergreen.sources.reading import BrokenContent
from sources.making import body, columns, delivery, records

BLANKS = [{"match": "*.txt", "format": "blanks"}]


def test_a_file_like_cdnow(tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_bytes(
        b" id  date sales\r\n 00001 19970101  1.50\r\n\r\n 00002\t19970102 2\r\n"
    )
    found = delivery(tmp_path / "m.txt", "id", "date", "sales", files=BLANKS)
    assert columns(found) == ["id", "date", "sales"]
    assert body(found) == b"00001 19970101 1.50\n00002 19970102 2\n"
    assert records(found) == [(2, ["00001", "19970101", "1.50"], None), (3, ["00002", "19970102", "2"], None)]


def test_ragged_lines_are_left_to_the_tolerant_way(tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_bytes(b"id date\n1 2 3\n4 5\n")
    found = delivery(tmp_path / "m.txt", "id", "date", files=BLANKS)
    assert records(found) == [(2, None, "3 fields where the header has 2"), (3, ["4", "5"], None)]


def test_the_byte_that_serves_as_quote_is_refused() -> None:
    with pytest.raises(BrokenContent, match=r"^m.txt: holds a control character \(0x01\)$"):
        list(squeezed(iter([b"a \x01b\n"]), "m.txt"))


@given(
    st.lists(st.sampled_from([b" ", b"\n", b"\r\n", b"\t", b"a", b'b"', b"\r"])).map(b"".join),
    st.integers(1, 9),
)
def test_squeezing_is_splitting(text: bytes, size: int) -> None:
    blocks = (text[i : i + size] for i in range(0, len(text), size))
    lines = [b" ".join(line.split()) for line in text.replace(b"\r", b"\n").split(b"\n")]
    assert b"".join(squeezed(blocks, "m.txt")) == b"".join(line + b"\n" for line in lines if line)

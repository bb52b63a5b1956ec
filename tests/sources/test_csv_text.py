"""Delimited files on the fast way: the header read, the body untouched."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from evergreen.sources.reading import BLOCK_BYTES, BrokenContent, UnreadableDelivery
from sources.making import body, columns, delivery, records


def landed(tmp_path: Path, content: bytes, **form: Any) -> Any:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    return delivery(path, "a", "b", files=[{"match": "*.csv", **form}])


@pytest.mark.parametrize(
    ("content", "header", "rest"),
    [
        (b"a,b\n1,2\n", ["a", "b"], b"1,2\n"),
        (b"a,b\r\n1,2\r\n", ["a", "b"], b"1,2\r\n"),
        (b"a,b\r1,2\r", ["a", "b"], b"1,2\r"),
        (b"\xef\xbb\xbfa,b\n1,2", ["a", "b"], b"1,2"),
        (b'"a, or\nA",b\n1,2\n', ["a, or\nA", "b"], b"1,2\n"),
        (b'"say ""a""",b\n1,2\n', ['say "a"', "b"], b"1,2\n"),
        (b" a , b\n1,2\n", ["a", "b"], b"1,2\n"),
        (b"\n\na,b\n1,2\n", ["a", "b"], b"1,2\n"),
        (b"a,b", ["a", "b"], b""),
        (b"a,b\n", ["a", "b"], b""),
        (b"a,b\r", ["a", "b"], b""),
        (b"a;b\n1;2\n", ["a;b"], b"1;2\n"),
        (b"a,,b,\n", ["a", "", "b", ""], b""),
        ("客户,ü\n你,ä\n".encode(), ["客户", "ü"], "你,ä\n".encode()),
    ],
)
def test_header_and_body(tmp_path: Path, content: bytes, header: list[str], rest: bytes) -> None:
    found = landed(tmp_path, content)
    assert columns(found) == header
    assert body(found) == rest


def test_compression_shows_in_the_content_not_the_name(tmp_path: Path) -> None:
    two_members = gzip.compress(b"a,b\n1,") + gzip.compress(b"2\n") + b"\0" * 512
    for name, content in (("x.csv.gz", two_members), ("x.csv", two_members), ("x.csv.gz", b"a,b\n1,2\n")):
        (tmp_path / name).write_bytes(content)
        assert body(delivery(tmp_path / name, "a", "b")) == b"1,2\n"


def test_blocks_are_bounded_even_where_an_archive_expands_a_thousandfold(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"0,0\n" * 3_000_000))
    with delivery(tmp_path / "a.csv.gz", "a", "b").open() as stream:
        sizes = [len(block) for block in stream.blocks]
    assert sum(sizes) == 12_000_000 and max(sizes) <= 2 * BLOCK_BYTES


@pytest.mark.parametrize(
    ("encoding", "name"), [("latin-1", "LATIN1"), ("cp1252", "WIN1252"), ("utf-8", "UTF8")]
)
def test_known_encodings_are_left_to_the_server(tmp_path: Path, encoding: str, name: str) -> None:
    found = landed(tmp_path, "ä,b\né,2\n".encode(encoding), encoding=encoding)
    assert columns(found) == ["ä", "b"] and body(found) == "é,2\n".encode(encoding)
    with found.open() as stream:
        assert f"ENCODING '{name}'" in stream.copy_options


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "gb18030", "shift_jis"])
def test_other_encodings_are_converted(tmp_path: Path, encoding: str) -> None:
    found = landed(tmp_path, "客,b\n文,2\n".encode(encoding), encoding=encoding)
    assert columns(found) == ["客", "b"] and body(found) == "文,2\n".encode()
    assert records(found) == [(2, ["文", "2"], None)]


def test_options_of_copy(tmp_path: Path) -> None:
    with landed(tmp_path, b"a|b\n", delimiter="|", quote="'", null_text="NA").open() as stream:
        assert stream.copy_options == "FORMAT csv, DELIMITER '|', QUOTE '''', NULL 'NA', ENCODING 'UTF8'"


def test_without_header_the_columns_come_as_declared(tmp_path: Path) -> None:
    found = landed(tmp_path, b"1,2\n", header=False)
    assert columns(found) == ["a", "b"] and body(found) == b"1,2\n"
    assert records(found) == [(2, ["1", "2"], None)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", ": is empty: not even a header is there"),
        (b"\r\n\r\n", ": is empty: not even a header is there"),
        (b"a,b\xe9\n1,2\n", ", line 1, byte 4: is not utf-8: declare its `encoding`"),
        ("a,b\n".encode("utf-16"), ": looks like UTF-16: declare `encoding: utf-16`"),
        (b"a,\0b\n", ", line 1: the header holds a NUL byte: is this a text file?"),
        (b'a,"b\n1,2\n', ", line 1: the header cannot be read (unexpected end of data)"),
        (b"x" * 3 * BLOCK_BYTES, ", line 1: no header: the first record does not end"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:12], ": the gzip archive is cut off: deliver the file again"),
        (
            gzip.compress(b"", mtime=0)[:10] + b"\xff" * 20,
            ": the gzip archive is damaged: deliver the file again",
        ),
    ],
)
def test_deliveries_beyond_reading(tmp_path: Path, content: bytes, message: str) -> None:
    found = landed(tmp_path, content)
    with pytest.raises(UnreadableDelivery) as caught, found.open():
        pass
    assert str(caught.value) == f"{tmp_path / 'a.csv'}{message}"


def test_what_copy_would_misread_is_refused(tmp_path: Path) -> None:
    found = landed(tmp_path, b'a,b\n3" pipe,1\n4" pipe,2\n')
    with pytest.raises(BrokenContent, match=r"a\.csv: a quote stands inside a field$"):
        body(found)
    assert records(found) == [(2, ['3" pipe', "1"], None), (3, ['4" pipe', "2"], None)]


def test_a_cut_archive_gives_what_it_has(tmp_path: Path) -> None:
    rows = b"".join(b"%d,%d\n" % (i, i * 7919 % 10007) for i in range(100_000))
    packed = gzip.compress(b"a,b\n" + rows)
    found = landed(tmp_path, packed[: len(packed) // 2])
    with pytest.raises(BrokenContent, match=r"the gzip archive is cut off"):
        body(found)
    seen = records(found)
    assert len(seen) > 10_000
    assert all(fields == [str(n - 2), str((n - 2) * 7919 % 10007)] for n, fields, _ in seen[:-2])
    assert seen[-1][1:] == (
        None,
        f"{tmp_path / 'a.csv'}: the gzip archive is cut off: deliver the file again",
    )

"""Delimited text: the header is read here, the body goes to COPY as the bytes it is."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from itertools import chain

from evergreen.sources.access import FileFormat
from evergreen.sources.blocks import Encoding, encoding_of, text_blocks
from evergreen.sources.definition import Table
from evergreen.sources.formats.copying import csv_options
from evergreen.sources.formats.quoting import QuoteCheck
from evergreen.sources.formats.tolerant import Dialect, tolerant_records
from evergreen.sources.places import PlacedFile
from evergreen.sources.reading import BLOCK_BYTES, BrokenContent, Record, Stream, UnreadableDelivery

Blocks = Generator[bytes]


@contextmanager
def open_csv(file: PlacedFile, form: FileFormat, table: Table) -> Iterator[Stream]:
    """Open a delimited file; see `formats.open_file`."""
    encoding = encoding_of(form.encoding)

    def reopen() -> Iterator[Record]:
        with closing(text_blocks(file, encoding, tolerant=True)) as again:
            columns, body = read_header(again, form, table, file.address)
            dialect = Dialect(
                width=len(columns),
                encoding=encoding.python,
                declared_encoding=encoding.declared,
                null_text=form.null_text,
                delimiter=form.delimiter.encode("ascii"),
                quote=form.quote.encode("ascii"),
            )
            yield from tolerant_records(body, dialect)

    with closing(text_blocks(file, encoding)) as blocks:
        columns, body = read_header(blocks, form, table, file.address)
        check = QuoteCheck(file.address, form.delimiter, form.quote)
        options = csv_options(
            delimiter=form.delimiter, quote=form.quote, null=form.null_text, encoding=encoding.postgres
        )
        yield Stream(columns, checked(body, check), options, reopen)


def checked(blocks: Iterator[bytes], check: QuoteCheck) -> Iterator[bytes]:
    """Pass the blocks on while their quotes are sound."""
    for block in blocks:
        check.feed(block)
        yield block
    check.finish()


def read_header(
    blocks: Blocks, form: FileFormat, table: Table, address: str
) -> tuple[list[str], Iterator[bytes]]:
    """Take the header off the blocks; return its names, and the body.

    Without a header the columns are the table's, under the first name the source has for each.

    Raises:
        UnreadableDelivery: the file is empty, or has nothing that can be a header.
    """
    encoding = encoding_of(form.encoding)
    if not form.header:
        return [column.headers[0] for column in table.columns], blocks
    if form.format == "blanks":
        return take_header(blocks, encoding, address, rb"[^\r\n]*+", str.split)
    quote = re.escape(form.quote.encode("ascii"))
    # A header may hold line breaks inside quotes.
    record = rb"[^\r\n%b]*+(?:%b[^%b]*+%b[^\r\n%b]*+)*+" % (quote, quote, quote, quote, quote)

    def split(text: str) -> list[str]:
        rows = csv.reader([text], delimiter=form.delimiter, quotechar=form.quote, strict=True)
        return next(rows, [])

    return take_header(blocks, encoding, address, record, split)


def take_header(
    blocks: Blocks, encoding: Encoding, address: str, record: bytes, split: Callable[[str], list[str]]
) -> tuple[list[str], Iterator[bytes]]:
    """Take the first record, blank lines before it skipped, and split it into names."""
    whole = re.compile(rb"[\r\n]*+(%b)(\r\n|\n|\r(?!\Z))" % record)
    start = b""
    try:
        for block in blocks:
            start += block
            if whole.match(start) or len(start) > BLOCK_BYTES * 2:
                break
    except BrokenContent as problem:
        raise UnreadableDelivery(str(problem)) from None
    found = whole.match(start)
    if found is None and len(start) > BLOCK_BYTES * 2:
        raise UnreadableDelivery(f"{address}, line 1: no header: the first record does not end")
    # The file may end with its header.
    header, rest = (found[1], start[found.end() :]) if found else (start.strip(b"\r\n"), b"")
    names = _names(header, encoding, address, split)
    return names, chain([rest] if rest else [], blocks)


def _names(header: bytes, encoding: Encoding, address: str, split: Callable[[str], list[str]]) -> list[str]:
    if not header.strip():
        raise UnreadableDelivery(f"{address}: is empty: not even a header is there")
    if header.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableDelivery(f"{address}: looks like UTF-16: declare `encoding: utf-16`")
    if b"\0" in header:
        raise UnreadableDelivery(f"{address}, line 1: the header holds a NUL byte: is this a text file?")
    try:
        return [name.strip() for name in split(header.decode(encoding.python))]
    except UnicodeDecodeError as error:
        raise UnreadableDelivery(
            f"{address}, line 1, byte {error.start + 1}: is not {encoding.declared}: declare its `encoding`"
        ) from None
    except csv.Error as error:
        raise UnreadableDelivery(f"{address}, line 1: the header cannot be read ({error})") from None

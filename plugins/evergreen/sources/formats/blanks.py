"""Text whose fields are parted by blanks: runs of them become one, and COPY takes the rest as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager

from evergreen.sources.access import FileFormat
from evergreen.sources.blocks import encoding_of, text_blocks
from evergreen.sources.definition import Table
from evergreen.sources.formats.copying import csv_options
from evergreen.sources.formats.csv_text import read_header
from evergreen.sources.formats.lines import LONGEST_RECORD
from evergreen.sources.formats.tolerant import Dialect, tolerant_records
from evergreen.sources.places import PlacedFile
from evergreen.sources.reading import BrokenContent, Record, Stream

NO_QUOTE = "\x01"
"""COPY wants a quote; one that no text has."""


@contextmanager
def open_blanks(file: PlacedFile, form: FileFormat, table: Table) -> Iterator[Stream]:
    """Open a file of blank-separated fields; see `formats.open_file`."""
    encoding = encoding_of(form.encoding)

    def reopen() -> Iterator[Record]:
        with closing(text_blocks(file, encoding, tolerant=True)) as again:
            columns, body = read_header(again, form, table, file.address)
            dialect = Dialect(
                width=len(columns),
                encoding=encoding.python,
                declared_encoding=encoding.declared,
                null_text=form.null_text,
                delimiter=None,
                quote=None,
            )
            yield from tolerant_records(body, dialect)

    with closing(text_blocks(file, encoding)) as blocks:
        columns, body = read_header(blocks, form, table, file.address)
        options = csv_options(delimiter=" ", quote=NO_QUOTE, null=form.null_text, encoding=encoding.postgres)
        yield Stream(columns, squeezed(body, file.address), options, reopen)


def squeezed(blocks: Iterator[bytes], address: str) -> Iterator[bytes]:
    """Make every run of blanks one, cut those at both ends of a line, and drop empty lines.

    Works on whole lines: what follows the last line end of a block waits for the next block.
    """
    waiting = b""
    for block in blocks:
        if NO_QUOTE.encode("ascii") in block:
            raise BrokenContent(f"{address}: holds a control character (0x01)")
        text = waiting + block
        cut = max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
        waiting = text[cut:]
        if len(waiting) > LONGEST_RECORD:
            raise BrokenContent(f"{address}: a line is longer than {LONGEST_RECORD >> 20} MiB")
        if lines := _squeeze(text[:cut]):
            yield lines + b"\n"
    if last := _squeeze(waiting):
        yield last + b"\n"


def _squeeze(lines: bytes) -> bytes:
    one = re.sub(rb"[ \t]+", b" ", lines)
    return re.sub(rb" ?(?:[\r\n]+ ?)+", b"\n", one).strip(b" \n")

"""A sample of what a new source delivers: how the file is written, its header, its first records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

from evergreen.errors import EvergreenError
from evergreen.sources.access import FORMAT_OF_ENDING, FileFormat, HttpTable
from evergreen.sources.blocks import characters
from evergreen.sources.definition import Table, Type
from evergreen.sources.formats import open_file
from evergreen.sources.header import is_excel_mark
from evergreen.sources.locations import redacted
from evergreen.sources.places import PlacedFile, list_files, workbook_advice
from evergreen.sources.reading import BrokenContent

RECORDS = 10_000
"""How many records are looked at; more would only be slower."""

DELIMITERS = ",;\t|"
ENCODINGS = ("utf-8", "gb18030", "cp1252")
"""Tried in this order: the last takes nearly any bytes for text."""
_SALES = re.compile(
    r"(.*[^a-z])?(orders?|sales?|invoices?|receipts?|transactions?|purchases?|bestellungen|rechnungen)"
)


@dataclass(frozen=True)
class Catalogue:
    """What a database says of a table.

    relation: `schema.table`.
    types: column → type, of those whose type is no text.
    primary_key: its columns, in order; none where it has none.
    """

    relation: str
    types: dict[str, Type]
    primary_key: tuple[str, ...]


@dataclass(frozen=True)
class Service:
    """Where a table is on a web service.

    location: the address that a run is given.
    table: its place below that.
    """

    location: str
    table: HttpTable


@dataclass(frozen=True)
class Sample:
    """What a look at a file, a table of a database, or a web service shows.

    address: of the file or table.
    header: names as found, in order.
    rows: the first records that can be read, aligned with the header; None is no value.
    lines: which record each of them is; the header is the first.
    form: how to read this file; its `match` is a pattern for further ones. None of anything else.
    is_dated: the file's name carries a day.
    files: how many files of the kind the location has.
    kinds: patterns of other files at the location, which were not looked at.
    catalogue: of a table, what its database says of it.
    service: of a web service, where on it the table is.
    """

    address: str
    header: list[str]
    rows: list[list[str | None]]
    lines: list[int]
    form: FileFormat | None = None
    is_dated: bool = False
    files: int = 1
    kinds: tuple[str, ...] = ()
    catalogue: Catalogue | None = None
    service: Service | None = None

    def values(self, position: int) -> list[str]:
        """Return what a column holds, without blanks around it and without what is empty."""
        return [value for _, value in self.cells(position)]

    def cells(self, position: int) -> list[tuple[int, str]]:
        """Return the same, each value with its line."""
        found = ((line, row[position]) for line, row in zip(self.lines, self.rows, strict=True))
        return [(line, value.strip()) for line, value in found if value and value.strip()]


def take_sample(location: str) -> Sample:
    """Read the beginning of the file at `location`, or of the last one by name in a folder.

    Where a folder holds several kinds of files, those are looked at whose names speak of orders.

    Raises:
        EvergreenError: nothing readable is there, or it has no header or no records; one line each.
    """
    found = list_files(location)
    files = [file for file in found if _ending(file.name)]
    if not files:
        endings = ", ".join(FORMAT_OF_ENDING)
        raise EvergreenError(
            f"{redacted(location)}: no file to look at: expected one that ends in {endings}, or .gz after it"
            f"{workbook_advice(file.name for file in found)}"
        )
    kinds: dict[str, list[PlacedFile]] = {}
    for each in files:
        kinds.setdefault(pattern(each.name), []).append(each)
    kind = next((kind for kind in kinds if _SALES.match(kind.lower())), pattern(files[-1].name))
    alike = kinds.pop(kind)
    file = alike[-1]
    form = _form(file)
    table = Table.model_validate({"source": "sample", "name": "sample", "key": "all", "columns": {"x": {}}})
    with open_file(file, form, table) as stream:
        header = [name.strip() for name in stream.columns]
        records = islice(stream.reopen_tolerant(), RECORDS)
        read = [(record.line_number, record.fields) for record in records if record.fields is not None]
    lines, rows = [line for line, _ in read], [fields for _, fields in read]
    check_header(file.address, header, rows)
    dated = bool(re.search(r"\d{4}-\d{2}-\d{2}", file.name.rpartition("/")[2]))
    return Sample(
        file.address, header, rows, lines, form=form, is_dated=dated, files=len(alike), kinds=tuple(kinds)
    )


def _ending(name: str) -> str:
    bare = name.lower().removesuffix(".gz")
    return next((ending for ending in FORMAT_OF_ENDING if bare.endswith(ending)), "")


def pattern(name: str) -> str:
    """Return a pattern for the files that will follow one: `sales-2026-11-02.csv.gz` → `sales-*.csv`."""
    bare = re.sub(r"\.gz$", "", name.rpartition("/")[2])
    stem, dot, ending = bare.rpartition(".")
    stem = re.sub(r"[\[\]?*]", "?", stem)
    open_stem = re.sub(r"\d+([-_. ]?\d+)*", "*", stem)
    return f"{open_stem if '*' in open_stem else stem + '*'}{dot}{ending}"


def _form(file: PlacedFile) -> FileFormat:
    kind = FORMAT_OF_ENDING[_ending(file.name)]
    match = pattern(file.name)
    if kind != "csv":
        return FileFormat.model_validate({"match": match, "format": kind})
    encoding, text = _beginning(file)
    return FileFormat.model_validate(
        {"match": match, "format": kind, "encoding": encoding, "delimiter": _delimiter(file, text)}
    )


def _beginning(file: PlacedFile) -> tuple[str, str]:
    """Return the encoding, and the text of the first block."""
    with file.open() as opened:
        mark = opened.read(2)
    tried = ("utf-16",) if mark in (b"\xff\xfe", b"\xfe\xff") else ENCODINGS
    for encoding in tried:
        try:
            with closing(characters(file, encoding)) as blocks:
                text = _first(blocks)
            if encoding != "gb18030" or _is_chinese(text):
                return encoding, text
        except BrokenContent:
            continue
    raise EvergreenError(f"{file.address}: is neither {' nor '.join(tried)}: save it as UTF-8")


def _is_chinese(text: str) -> bool:
    """Tell whether what was read as GB 18030 is Chinese: most pairs of Western bytes can be read so, too.

    Chinese is written in the characters that GB 2312 has on its first level, by use, and in its symbols (rows
    1 to 3). What Western letters fall into are rarer ones, in the midst of Latin letters. Each counts once: a
    city with a rare one may stand in every row.
    """
    foreign = set(re.findall(r"[A-Za-z]?[^\0-\x7f]", text))
    bytes_of = [found.encode("gb2312", "ignore") for found in foreign]
    common = sum(len(b) == 2 and (b[0] in range(0xB0, 0xD8) or b[0] in range(0xA1, 0xA4)) for b in bytes_of)
    return common >= 0.6 * len(foreign)


def _first(blocks: Iterator[str]) -> str:
    return next(blocks, "")


def _delimiter(file: PlacedFile, text: str) -> str:
    """Return what parts the names of the header: quoted ones do not count."""
    first = text.lstrip("\r\n").partition("\n")[0]
    if is_excel_mark(first):
        raise EvergreenError(f"{file.address}: line 1 is `{first.strip()}`: remove it")
    header = re.sub(r'"[^"]*"', "", first)
    counted = {delimiter: header.count(delimiter) for delimiter in DELIMITERS}
    best = max(counted, key=lambda delimiter: counted[delimiter])
    if not text.strip():
        raise EvergreenError(f"{file.address}: is empty: not even a header is there")
    if not counted[best]:
        raise EvergreenError(
            f"{file.address}, line 1: holds one name: names are to be parted by comma, semicolon, tab or |"
        )
    return best


def check_header(address: str, header: list[str], rows: list[list[str | None]]) -> None:
    """Refuse what columns cannot be told by.

    Raises:
        EvergreenError: no record, a column without a name, two of one name, values instead of names.
    """
    if not rows:
        raise EvergreenError(
            f"{address}: holds a header and no record that can be read: give a fuller sample"
        )
    blank = [position for position, name in enumerate(header, start=1) if not name]
    if blank:
        raise EvergreenError(f"{address}, line 1, column {blank[0]}: has no name: name every column")
    folded = [name.casefold() for name in header]
    twice = next((name for name in header if folded.count(name.casefold()) > 1), None)
    if twice:
        raise EvergreenError(f"{address}, line 1: {twice!r} names two columns: give each a name of its own")
    if all(re.fullmatch(r"[\d.,:/+ -]+", name) for name in header):
        raise EvergreenError(f"{address}, line 1: holds values and no names: put a header above them")

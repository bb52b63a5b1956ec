"""JSON: a list of objects, or one object per line; keys are the columns.

Read by Python's own decoder: readers that guess a type per column rewrite what they guess (dates, large or
exact numbers), and a number in one record and a text in the next is no mistake here. The keys are gathered in
a first pass, so that one that appears late is not lost.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from evergreen.sources.access import FileFormat
from evergreen.sources.blocks import characters
from evergreen.sources.definition import Table
from evergreen.sources.formats.copying import csv_options
from evergreen.sources.formats.json_items import Item, Number, items_of_lines, items_of_list
from evergreen.sources.places import PlacedFile
from evergreen.sources.reading import BLOCK_BYTES, BrokenContent, Record, Stream, UnreadableDelivery


@contextmanager
def open_json(file: PlacedFile, form: FileFormat, table: Table) -> Iterator[Stream]:
    """Open a JSON file; see `formats.open_file`."""
    read = items_of_lines if form.format == "jsonl" else items_of_list

    def items() -> Iterator[Item]:
        with closing(characters(file, form.encoding, tolerant=True)) as texts:
            yield from read(texts)

    if file.size == 0:
        raise UnreadableDelivery(f"{file.address}: is empty: not even an empty list is there")
    yield stream_of_items(items, table, file.address)


def stream_of_items(items: Callable[[], Iterator[Item]], table: Table, address: str) -> Stream:
    """Make a stream of objects that can be read again and again.

    Its columns are all keys there are, in order of appearance; the declared ones if there is no object.
    """
    keys: dict[str, None] = {}
    is_empty = True
    for item in items():
        is_empty = is_empty and item.problem is not None
        keys.update(dict.fromkeys(item.value))
    columns = [column.headers[0] for column in table.columns] if is_empty else list(keys)

    def reopen() -> Iterator[Record]:
        for number, item in enumerate(items(), start=2):
            yield _record(number, item, columns)

    return Stream(columns, _blocks(items(), columns, address), csv_options(), reopen, omits_nulls=True)


def _blocks(items: Iterator[Item], columns: list[str], address: str) -> Iterator[bytes]:
    lines: list[str] = []
    length = 0
    for item in items:
        if item.problem:
            raise BrokenContent(f"{address}: {item.problem}")
        lines.append(",".join(_quoted(_text(item.value.get(column))) for column in columns) + "\n")
        length += len(lines[-1])
        if length >= BLOCK_BYTES:
            yield _encoded("".join(lines), address)
            lines, length = [], 0
    if lines:
        yield _encoded("".join(lines), address)


def _quoted(text: str | None) -> str:
    """Write a field of CSV: NULL as nothing, all else in quotes, so that no line is COPY's end mark."""
    return "" if text is None else '"' + text.replace('"', '""') + '"'


def _encoded(text: str, address: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise BrokenContent(f"{address}: holds half a character (a lone surrogate)") from None


def _text(value: Any) -> str | None:
    """Write a value as a text column takes it; objects and lists as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Number):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def _record(number: int, item: Item, columns: list[str]) -> Record:
    raw = item.raw.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")
    fields = [_text(item.value.get(column)) for column in columns]
    problem = item.problem
    if problem is None and any(field and "\0" in field for field in fields):
        problem = "the record holds a NUL character"
    if problem is None and not _is_encodable(fields):
        problem = "the record holds half a character, or bytes that are not in the declared encoding"
    return Record(number, None if problem else fields, raw, problem)


def _is_encodable(fields: list[str | None]) -> bool:
    try:
        "".join(field or "" for field in fields).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True

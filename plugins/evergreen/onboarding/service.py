"""A sample of what a web service answers: where its rows are, and how it parts them into pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from evergreen.errors import EvergreenError
from evergreen.onboarding.sample import RECORDS, Sample, Service, check_header
from evergreen.sources.access import HttpTable, Paging
from evergreen.sources.definition import Source
from evergreen.sources.formats.json_items import Item
from evergreen.sources.formats.json_text import stream_of_items
from evergreen.sources.locations import redacted
from evergreen.sources.web_client import Client, parsed, rows_of

_NEXT = re.compile(r"next(_?(page|link|url|page_url|href))?", re.IGNORECASE)
_ADVICE = {
    "answered 40[13]": ": a service that asks for a token is described by hand, as docs/sources.md shows",
    "is no JSON": ": if it is a file, download it and look at that",
}
_BY_NUMBER = Paging(by="number", parameter="page", first=1, size_parameter=None)


def sample_service(location: str) -> Sample:
    """Ask a web service for its first pages.

    Args:
        location: address of the table; the last part of its path becomes the table's `path`.

    Raises:
        EvergreenError: the service cannot be asked, or answers something else than rows; one line each.
    """
    base, path = _parted(location)
    with Client(_asked(path), base, token=None) as client:
        address = urljoin(client.base, path)
        shown = redacted(address)
        body = _answer(client, address, shown)
        items = _place_of_rows(parsed(body, shown), shown)
        table = HttpTable(path=path, items=items, paging=_paging(client, address, body, items))
        pages = (rows for _, rows in client.pages(address, table, client.parameters))
        rows = list(islice((row for page in pages for row in page), RECORDS))
    header, fields = _fields(rows, shown)
    return Sample(
        address=shown,
        header=header,
        rows=fields,
        lines=list(range(1, len(fields) + 1)),
        service=Service(base, table),
    )


def _parted(location: str) -> tuple[str, str]:
    """Return the address that a run is given, and the path of the table below it."""
    parts = urlsplit(location)
    above, _, path = parts.path.rstrip("/").rpartition("/")
    return urlunsplit((parts.scheme, parts.netloc, above, parts.query, "")), path


def _asked(path: str) -> Source:
    table = {"http": {"path": path}, "key": "all", "columns": {"x": {}}}
    # somebody is waiting for the answer
    http = {"attempts": 2}
    return Source.model_validate({"source": "sample", "reader": "http", "http": http, "tables": {"t": table}})


def _answer(client: Client, address: str, shown: str) -> bytes:
    """Return the answer, which is JSON, or say what to do where there is none."""
    try:
        body = client.get(address, client.parameters)
        parsed(body, shown)
    except EvergreenError as error:
        advice = next((todo for problem, todo in _ADVICE.items() if re.search(problem, str(error))), "")
        raise EvergreenError(f"{error}{advice}") from None
    return body


def _keys(content: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the keys of an object and of the objects in it, dots between them."""
    for key, value in content.items() if isinstance(content, dict) else ():
        if "." not in key:  # a definition could not name it
            yield above + key, value
            yield from _keys(value, f"{above}{key}.") if not above else ()


def _place_of_rows(content: Any, shown: str) -> str | None:
    """Return the key of the longest list of objects; None where the answer itself is the list."""
    if isinstance(content, list):
        return None
    lists = {key: value for key, value in _keys(content) if isinstance(value, list)}
    found = {key: rows for key, rows in lists.items() if all(isinstance(row, dict) for row in rows)}
    if not found:
        there = ", ".join(content) if isinstance(content, dict) else type(content).__name__
        raise EvergreenError(f"{shown}: the answer holds no list of objects: it has {there}")
    return max(found, key=lambda key: len(found[key]))


def _paging(client: Client, address: str, body: bytes, items: str | None) -> Paging | None:
    """Find out how to come to the second page: by an address in the answer, or by its number.

    A service that answers the same to `page=2` does not know what that is: None, it has told everything.
    """
    shown = redacted(address)
    for key, value in _keys(parsed(body, shown)):
        if _NEXT.fullmatch(key.rpartition(".")[2]) and _leads_on(value):
            return Paging(by="link", next=key, size_parameter=None)
    try:
        second = client.get(address, client.parameters | {_BY_NUMBER.parameter: "2"})
        rows = rows_of(second, items, shown)
    except EvergreenError:  # it refuses what it does not know
        return None
    return None if rows and rows == rows_of(body, items, shown) else _BY_NUMBER


def _leads_on(value: Any) -> bool:
    """Tell whether it can be the address of the next page; the last page has none."""
    return value is None or (isinstance(value, str) and bool(re.match(r"https?://|[/?]", value)))


def _fields(rows: list[Any], shown: str) -> tuple[list[str], list[list[str | None]]]:
    """Return keys and values as a load will read them."""
    if not rows:
        raise EvergreenError(f"{shown}: answers no row: give an address that shows what there is")
    items = [Item("", row) for row in rows if isinstance(row, dict)]
    stream = stream_of_items(lambda: iter(items), _asked("").tables["t"], shown)
    fields = [record.fields for record in stream.reopen_tolerant() if record.fields is not None]
    check_header(shown, stream.columns, fields)
    return stream.columns, fields

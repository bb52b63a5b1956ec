"""Places where sources live: what kind a location is, and how to name it without its secrets."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from evergreen.errors import EvergreenError
from evergreen.sources.definition import Source

Reader = Literal["files", "postgres", "http"]


def scheme(location: str) -> str:
    """Return the scheme of a URI in lower case, '' for paths and connection ids."""
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", location)
    return found[1].lower() if found else ""


def reader_of(source: Source, location: str) -> Reader:
    """Choose the reader: a database or web address says it itself, anything else is read as declared.

    Raises:
        EvergreenError: the reader is clear, but the definition does not say where its tables are for it.
    """
    kind = scheme(location)
    reader: Reader = source.reader
    if kind in ("http", "https"):
        reader = "http"
    elif kind in ("postgres", "postgresql"):
        reader = "postgres"
    elif kind:
        reader = "files"
    for table in source.tables.values():
        declared = {
            "files": table.files,
            "http": table.http,
            "postgres": table.relation or reader == source.reader,
        }
        if not declared[reader]:
            key = {"files": "files", "http": "http", "postgres": "from"}[reader]
            raise EvergreenError(
                f"source {source.source}: cannot be read from {redacted(location)}: "
                f"add `{key}:` to tables.{table.name} in sources/{source.source}.yml"
            )
    return reader


def redacted(location: str) -> str:
    """Return the location without password and query, fit for messages and logs."""
    if not scheme(location):
        return location
    try:
        parts = urlsplit(location)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return f"{scheme(location)}://…"
    if ":" in host:
        host = f"[{host}]"
    user = f"{parts.username}@" if parts.username else ""
    return f"{parts.scheme}://{user}{host}{f':{port}' if port else ''}{parts.path}"

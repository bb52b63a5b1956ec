"""The one place in `dbt_project.yml` where a source is entered: what it delivers, below `deliveries`."""

from __future__ import annotations

import re
from pathlib import Path

from evergreen.errors import EvergreenError
from evergreen.settings import settings

PROJECT_FILE = "dbt_project/dbt_project.yml"
# its first line, and those below it that are further in, or blank
_BLOCK = re.compile(r"^(  deliveries:[^\n]*\n)(?:(?: {3,}[^\n]*)?\n)*", re.MULTILINE)


def with_source(name: str, entities: list[str]) -> str:
    """Return the file's text with a line for the source; comments stay where they are.

    Raises:
        EvergreenError: there is no place for it, or the source is entered already.
    """
    text = _path().read_text(encoding="utf-8")
    place = _BLOCK.search(text)
    if place is None or _entry(name, text):
        what = "has no line `deliveries:` below vars" if place is None else f"lists {name} already"
        raise EvergreenError(f"{_path()}: {what}: mend it by hand")
    line = f"    {name}: [{', '.join(entities)}]\n"
    return text[: place.end(1)] + line + text[place.end(1) :]


def without_source(name: str) -> str | None:
    """Return the file's text without the source, None where it does not name it."""
    text = _path().read_text(encoding="utf-8")
    found = _entry(name, text)
    return text[: found.start()] + text[found.end() :] if found else None


def _entry(name: str, text: str) -> re.Match[str] | None:
    """Find the source's line, with those below it that are further in."""
    place = _BLOCK.search(text)
    entry = re.compile(rf"^    {re.escape(name)}:[^\n]*\n(?: {{5,}}[^\n]*\n)*", re.MULTILINE)
    return entry.search(text, place.end(1), place.end()) if place else None


def _path() -> Path:
    return settings().project / PROJECT_FILE

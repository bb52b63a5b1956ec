"""Finding what a source offers: the reader that its definition asks for, at the place where it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evergreen.errors import EvergreenError
from evergreen.sources.definition import Source
from evergreen.sources.locations import Reader, reader_of
from evergreen.sources.reading import Delivery, Seen


def discover(
    source: Source, location: str | None, seen: Seen, cursors: Mapping[str, str | None]
) -> Iterator[Delivery]:
    """Find what `source` offers at `location` that has not been `seen`, parents first, then oldest first.

    Deliveries stay readable for as long as somebody holds them.

    Args:
        source: the definition.
        location: a directory, file, object-store URI, database URL, connection id or base URL; None or ''
            takes the definition's own.
        seen: tells which deliveries to skip.
        cursors: per table, the high-water mark of the last promoted delivery (`Delivery.cursor`).

    Raises:
        EvergreenError: the location is missing, unreachable or not what the definition expects.
    """
    place, reader = _place(source, location)
    # only the reader in use is worth its imports
    if reader == "files":
        from evergreen.sources.files import discover as discover_files

        return discover_files(source, place, seen)
    if reader == "http":
        from evergreen.sources.web import discover as discover_web

        return discover_web(source, place, seen, cursors)
    from evergreen.sources.postgres import discover as discover_postgres

    return discover_postgres(source, place, seen, cursors)


def check(source: Source, location: str | None) -> None:
    """See whether the source is there and has the tables its definition names, without reading them.

    Raises:
        EvergreenError: as `discover`.
    """
    place, reader = _place(source, location)
    if reader == "files":
        from evergreen.sources.files import check as check_files

        check_files(source, place)
    elif reader == "http":
        from evergreen.sources.web import check as check_web

        check_web(source, place)
    else:
        from evergreen.sources.postgres import check as check_postgres

        check_postgres(source, place)


def _place(source: Source, location: str | None) -> tuple[str, Reader]:
    place = location or source.location
    if not place:
        raise EvergreenError(
            f"source {source.source}: no location: say where it is with --source {source.source}=PATH, "
            f"or set `location` in sources/{source.source}.yml"
        )
    return place, reader_of(source, place)

"""Sources that are files: which of them belong to which table, in which order they come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime

from evergreen import progress
from evergreen.errors import EvergreenError
from evergreen.sources.access import FileFormat
from evergreen.sources.definition import Source, Table
from evergreen.sources.formats import open_file
from evergreen.sources.locations import redacted
from evergreen.sources.places import PlacedFile, list_files, matches, workbook_advice
from evergreen.sources.reading import Seen, Stream, UnreadableDelivery


@dataclass(frozen=True, slots=True)
class FileDelivery:
    """A file that becomes a batch; see `reading.Delivery`."""

    definition: Table
    form: FileFormat
    file: PlacedFile
    delivered_on: date | None
    problem: str | None = None
    cursor: None = None
    is_complete: bool = False

    @property
    def source(self) -> str:
        """Name of the source."""
        return self.definition.source

    @property
    def table(self) -> str:
        """Name of the table."""
        return self.definition.name

    @property
    def file_or_cursor(self) -> str:
        """Path relative to the source's location."""
        return self.file.name

    @property
    def fingerprint(self) -> str:
        """Size and time of change, or the object store's tag."""
        return self.file.fingerprint

    @property
    def bytes_total(self) -> int | None:
        """Bytes of the file, where they are those that go to COPY."""
        plain = self.form.format == "csv" and not self.file.name.endswith(".gz")
        return self.file.size if plain else None

    def open(self) -> AbstractContextManager[Stream]:
        """Open the file."""
        if self.problem:
            raise UnreadableDelivery(self.problem)
        return open_file(self.file, self.form, self.definition)


def discover(source: Source, location: str, seen: Seen) -> Iterator[FileDelivery]:
    """Find the files that have not been `seen`: by table, then by the day in their name, then by name.

    Parents come before their children, so that an order is there when its lines arrive.

    Raises:
        EvergreenError: nothing is there, no file fits a pattern, or a file fits two tables.
    """
    owned: dict[str, list[FileDelivery]] = {table.name: [] for table in parents_first(source)}
    strangers: list[str] = []
    for file in list_files(location):
        delivery = _owner(source, file)
        if delivery is None:
            strangers.append(file.name)
        else:
            owned[delivery.table].append(delivery)
    if not any(owned.values()):
        patterns = ", ".join(form.match for table in source.tables.values() for form in table.files)
        raise EvergreenError(
            f"{redacted(location)}: no file there fits source {source.source}: expected {patterns}"
            f"{workbook_advice(strangers)}"
        )
    if strangers:
        progress.note(f"{redacted(location)}: {_strange(strangers, source.source)}")
    for deliveries in owned.values():
        for delivery in sorted(deliveries, key=lambda d: (d.delivered_on or date.min, d.file.name)):
            if not seen(delivery.table, delivery.file_or_cursor, delivery.fingerprint):
                yield delivery


def _strange(names: list[str], source: str) -> str:
    """Say which files fit no table, and what to do where they are wanted."""
    where = f"to `files` in sources/{source}.yml"
    if len(names) == 1:
        return f"{names[0]} fits no table of {source}: if it is wanted, rename it, or add its pattern {where}"
    return (
        f"{len(names)} files fit no table of {source}, such as {names[0]}: if they are wanted, rename them, "
        f"or add their patterns {where}"
    )


def check(source: Source, location: str) -> None:
    """See whether files are there that fit; see `discovery.check`."""
    for _ in discover(source, location, lambda *_: True):
        pass


def parents_first(source: Source) -> list[Table]:
    """Order the tables so that those referred to come first; as written where references run in a circle."""
    ordered: dict[str, Table] = {}

    def visit(table: Table, above: frozenset[str]) -> None:
        for parent in table.references.values():
            name = parent.partition(".")[0]
            if name not in above:
                visit(source.tables[name], above | {name})
        ordered.setdefault(table.name, table)

    for table in source.tables.values():
        visit(table, frozenset({table.name}))
    return list(ordered.values())


def _owner(source: Source, file: PlacedFile) -> FileDelivery | None:
    """Find the table of a file; patterns see its whole path, for the location may be the file itself."""
    owners = []
    for table in source.tables.values():
        form = next((f for f in table.files if matches(file.address, f.match)), None)
        if form:
            owners.append(FileDelivery(table, form, file, *_day(table, file)))
    if len(owners) > 1:
        raise EvergreenError(
            f"{file.address}: fits {owners[0].table} and {owners[1].table} of source {source.source}: "
            f"make `files:` in sources/{source.source}.yml tell them apart"
        )
    return owners[0] if owners else None


def _day(table: Table, file: PlacedFile) -> tuple[date | None, str | None]:
    """Read the day out of the file's name; return it, or what is wrong with what looks like one."""
    rule = table.delivered_on
    if rule is None:
        return None, None
    found = re.search(rule.pattern, file.name.rpartition("/")[2])
    if found is None:
        return None, None
    text = found[1] if found.re.groups else found[0]
    try:
        return datetime.strptime(text, rule.date_format).date(), None
    except ValueError:
        problem = f"{text!r} in its name is no day ({rule.date_format}): rename the file"
        return None, f"{file.address}: {problem}"

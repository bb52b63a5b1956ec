"""The survey tool's files: per month for the past, per day from then on.

Answers that name a customer come as CSV, those that name nobody (panel, staff, the page's guests) as JSON:
they are another tool's. A response is delivered when it is created and again when it is answered.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from evergreen.errors import EvergreenError
from evergreen.simulator import columns
from evergreen.simulator.arrays import Array
from evergreen.simulator.sinks import csv_blocks
from evergreen.simulator.tables import ANSWERS, RESPONSES, Table
from evergreen.simulator.timeline import Timeline

_FOLDERS = {RESPONSES.name: "responses", ANSWERS.name: "answers"}


def delivered_columns(table: Table) -> list[str]:
    """Return the columns of a file; answers come without `updated_at`."""
    return [name for name in table.columns if table is RESPONSES or name != "updated_at"]


@dataclass
class SurveyFolder:
    """The folder with `responses/` and `answers/`, and in each a file a period."""

    folder: Path

    @contextmanager
    def renewed(self, *, replace: bool) -> Iterator[SurveyFolder]:
        """Have a new history written aside; it takes the place of an older one when all went well.

        Raises:
            EvergreenError: there is an older one that is not to be replaced, or the folder cannot be written.
        """
        old = self._files()
        if old and not replace:
            raise EvergreenError(
                f"{self.folder}: holds survey files already, such as {old[0].name}: "
                "choose another folder, or have them replaced"
            )
        aside = SurveyFolder(self.folder / f".{os.getpid()}.new")
        try:
            aside._make()
            yield aside
            for path in old:
                path.unlink()
            self._make()
            for path in aside._files():
                path.replace(self.folder / path.relative_to(aside.folder))
        except OSError as error:
            raise EvergreenError(
                f"{self.folder}: cannot be written ({error.strerror}): choose another folder"
            ) from None
        finally:
            shutil.rmtree(aside.folder, ignore_errors=True)

    def _files(self) -> list[Path]:
        return [path for name in _FOLDERS.values() for path in sorted((self.folder / name).glob(f"{name}-*"))]

    def _make(self) -> None:
        for name in _FOLDERS.values():
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def clear_day(self, day: date) -> None:
        """Remove what a call that was cut wrote for a day."""
        for name in _FOLDERS.values():
            for path in (self.folder / name).glob(f"{name}-{day}.*"):
                path.unlink()
        self._make()

    def path(self, table: Table, day: date, *, anonymous: bool) -> Path:
        """Return the place of a file."""
        name = _FOLDERS[table.name]
        return self.folder / name / f"{name}-{day}.{'json' if anonymous else 'csv'}"

    def append_history(
        self, table: Table, timeline: Timeline, until: np.datetime64, *, anonymous: bool
    ) -> None:
        """Add the versions known before `until` to the files of their months."""
        versions = timeline.known_by_month(until)
        if versions is None:
            return
        months = np.asarray(versions["updated_at"]).astype("datetime64[M]").astype(np.int64)
        rows = columns.table(versions).select(delivered_columns(table))
        first, stops = np.unique(months, return_index=True)
        for month, start, stop in zip(first, stops, [*stops[1:], len(months)], strict=True):
            path = self.path(table, _file_date(int(month), until), anonymous=anonymous)
            _append(path, rows.slice(start, stop - start))

    def write_day(self, table: Table, day: date, csv_text: Iterable[bytes | bytearray | memoryview]) -> Path:
        """Write a day's CSV file; nothing is left half-written."""
        path = self.path(table, day, anonymous=False)
        header = ",".join(delivered_columns(table)).encode() + b"\n"
        _replace(path, [header, *csv_text])
        return path

    def write_anonymous_day(self, table: Table, day: date, records: list[dict[str, Any]]) -> Path:
        """Write a day's JSON file."""
        path = self.path(table, day, anonymous=True)
        _replace(path, [_json(records).encode()])
        return path


def _file_date(month: int, until: np.datetime64) -> date:
    """Return the last day of a month, or today in the month that is not over."""
    ends: Array = (np.datetime64("1970-02", "M") + month).astype("datetime64[D]")
    day: date = min(ends, until.astype("datetime64[D]")).astype(object)
    return day - timedelta(days=1)


def _append(path: Path, rows: Any) -> None:
    """Append rows to a CSV file, or to the list in a JSON file."""
    if path.suffix == ".json":
        old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        path.write_text(_json([*old, *rows.to_pylist()]), encoding="utf-8")
        return
    with path.open("ab") as file:
        for block in csv_blocks({name: rows[name] for name in rows.column_names}, header=file.tell() == 0):
            file.write(block)


def _json(records: list[dict[str, Any]]) -> str:
    lines = ",\n".join(json.dumps(record, ensure_ascii=False, default=str) for record in records)
    return f"[\n{lines}\n]\n"


def _replace(path: Path, parts: Iterable[bytes | bytearray | memoryview]) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    with beside.open("wb") as file:
        for part in parts:
            file.write(part)
    beside.replace(path)

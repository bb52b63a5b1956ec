"""The questionnaires, read from the seed that the warehouse reads too."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from evergreen.errors import EvergreenError
from evergreen.settings import settings


@dataclass(frozen=True)
class Item:
    """A question; `low` and `high` are the ends of its scale, None for fixed choices and free words.

    `source` is the source that brings the answers.
    """

    source: str
    instrument: str
    code: str
    dimension: str
    attribute: str
    role: str
    low: int | None
    high: int | None
    is_reversed: bool
    has_expectation: bool

    @property
    def scale(self) -> tuple[int, int]:
        """The ends of the scale of an item that has one."""
        assert self.low is not None
        assert self.high is not None
        return self.low, self.high


def read_items(path: Path | None = None) -> tuple[Item, ...]:
    """Return all items in the order of the file; by default the seed `survey_items.csv`.

    Raises:
        EvergreenError: the file is missing or lacks a column.
    """
    path = path or settings().project / "dbt_project" / "seeds" / "survey_items.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_item(row) for row in csv.DictReader(file))
    except OSError as error:
        raise EvergreenError(f"{path}: cannot be read ({error.strerror}): restore the seed") from None
    except KeyError as error:
        raise EvergreenError(f"{path}: column {error} is missing: restore the seed") from None


def _item(row: dict[str, str]) -> Item:
    return Item(
        source=row["source"],
        instrument=row["instrument"],
        code=row["item_code"],
        dimension=row["dimension"],
        attribute=row["attribute"],
        role=row["item_role"],
        low=int(row["scale_min"]) if row["scale_min"] else None,
        high=int(row["scale_max"]) if row["scale_max"] else None,
        is_reversed=row["is_reversed"] == "true",
        has_expectation=row["has_expectation"] == "true",
    )

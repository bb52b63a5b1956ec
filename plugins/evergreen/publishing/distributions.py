"""What the columns of a relation look like, in few numbers, and how far they may move between releases.

Numbers come from a sample of blocks: a fact of ten million rows costs no more than one of a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from psycopg import sql
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evergreen.errors import EvergreenError
from evergreen.publishing.views import View
from evergreen.warehouse.connections import Connection

SAMPLE = 20_000
"""Rows, about, that a relation is described by."""

_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")


@dataclass(frozen=True)
class Column:
    """Share of NULLs from 0 to 1; mean and standard deviation of numbers, None of other types."""

    nulls: float
    mean: float | None = None
    deviation: float | None = None


class Limits(BaseModel):
    """How far a release may be from the one before: `expectations/release.yml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    severity: Literal["critical", "warning", "info"] = "warning"
    least_rows: int = Field(default=100, ge=1)
    rows: tuple[float, float] = (0.9, 2.0)
    nulls: float = Field(default=0.1, gt=0)
    mean: float = Field(default=0.5, gt=0)

    def moved(self, before: Mapping[str, Column], after: Mapping[str, Column]) -> list[str]:
        """Return the columns, of those that both have, that look too different."""
        return sorted(
            name for name in before.keys() & after.keys() if self._differ(before[name], after[name])
        )

    def _differ(self, then: Column, now: Column) -> bool:
        if abs(now.nulls - then.nulls) > self.nulls:
            return True
        if then.mean is None or now.mean is None or not then.deviation:
            return False
        return abs(now.mean - then.mean) > self.mean * then.deviation


def read_limits(project: Path) -> Limits:
    """Return the limits of a project; without a file, the defaults.

    Raises:
        EvergreenError: the file says something else; the message names the place.
    """
    path = project / "expectations" / "release.yml"
    if not path.exists():
        return Limits()
    try:
        return Limits.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except yaml.YAMLError:
        raise EvergreenError(f"{path}: is no YAML") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise EvergreenError(f"{path}: {place}: {first['msg']}") from None


def describe(connection: Connection, view: View) -> dict[str, Column]:
    """Return what the columns of a view of a table look like, before anybody may see it."""
    row = connection.execute(
        "select greatest(reltuples, 1) from pg_class where oid = %s::regclass",
        [view.below.as_string(connection)],
    ).fetchone()
    assert row
    share = min(100.0, 100.0 * SAMPLE / row[0])
    # the same blocks each time: equal tables look equal
    sampled = sql.SQL("{} tablesample system ({}) repeatable (1)").format(view.below, sql.Literal(share))
    source = view.below if share >= 100 else sampled
    names = list(view.relation.columns)
    parts = [part for name in names for part in _figures(name, view.relation.columns[name])]
    found = connection.execute(
        sql.SQL("select {} from {}{}").format(sql.SQL(", ").join(parts), source, view.where)
    ).fetchone()
    assert found
    figures = [found[at : at + 3] for at in range(0, len(found), 3)]
    return {name: Column(*given) for name, given in zip(names, figures, strict=True)}


def _figures(name: str, kind: str) -> tuple[sql.Composable, ...]:
    column = sql.Identifier(name)
    nulls = sql.SQL("coalesce(avg(({} is null)::int), 0)::float8").format(column)
    if kind.partition("(")[0] not in _NUMBERS:
        return nulls, sql.SQL("null"), sql.SQL("null")
    number = sql.SQL("nullif(nullif({}::float8, 'NaN'), 'Infinity')").format(column)
    return (
        nulls,
        sql.SQL("avg({})").format(number),
        sql.SQL("stddev_pop({})").format(number),
    )

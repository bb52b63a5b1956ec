"""Datasets: marts as dbt describes them, with computed columns and metrics of definition/datasets.yml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[1] / "definition"
DBT_PROJECT = FOLDER.parents[1] / "dbt_project"
_TYPES_OF_TIME = ("date", "timestamp", "timestamptz")


class DefinitionError(ValueError):
    """The definition names something that there is not."""


def read(path: Path) -> dict[str, Any]:
    """Return what a YAML file holds."""
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


@dataclass(frozen=True)
class Terms:
    """What all dashboards share; words: lists in their order, formats of numbers, colours."""

    words: dict[str, list[str]]
    formats: dict[str, str]
    colors: dict[str, str]
    currency: str

    @classmethod
    def load(cls) -> Terms:
        """Read definition/terms.yml, and the currency from dbt's configuration."""
        known = read(FOLDER / "terms.yml")
        currency = read(DBT_PROJECT / "dbt_project.yml")["vars"]["reporting_currency"]
        return cls(known["terms"], known["formats"], known["colors"], currency)

    def labels(self, name: str) -> dict[str, str]:
        """Return value → label for a list: the number gives their order, also where labels are sorted."""
        return {word: f"{number} {in_words(word)}" for number, word in enumerate(self.words[name], start=1)}


def in_words(name: str) -> str:
    """Return a value or a column's name as people write it."""
    return name.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Metric:
    """A sum or ratio that charts ask for by name; kind: one of the formats."""

    name: str
    sql: str
    kind: str = "count"


@dataclass(frozen=True)
class Dataset:
    """What charts read.

    columns: of the mart, name → (type, description); computed: name → SQL; numbers: which of these are.
    relation: schema and name in the database; latest: see definition/datasets.yml.
    """

    name: str
    relation: tuple[str, str]
    columns: dict[str, tuple[str, str]]
    computed: dict[str, str] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()
    metrics: dict[str, Metric] = field(default_factory=dict)
    time: str | None = None
    latest: str | None = None

    @property
    def sql(self) -> str | None:
        """The query of a dataset that is no relation of its own."""
        schema, mart = self.relation
        place = f"{schema}.{mart}"
        if self.latest:
            newest = f"select max({self.time}) from {place} where {self.latest} is not null"
            return f"select * from {place} where {self.time} = ({newest})"
        return f"select * from {place}" if self.name != mart else None

    @cached_property
    def names(self) -> set[str]:
        """Every column that a chart may name."""
        return {*self.columns, *self.computed}

    def is_time(self, column: str) -> bool:
        """Tell whether a column of the mart is a day or a time."""
        return self.columns.get(column, ("",))[0].startswith(_TYPES_OF_TIME)


def load(terms: Terms) -> dict[str, Dataset]:
    """Return all datasets by name."""
    marts = dict(_marts())
    return {name: _dataset(name, said, marts, terms) for name, said in read(FOLDER / "datasets.yml").items()}


def _marts() -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    for path in (DBT_PROJECT / "models" / "marts").rglob("*.yml"):
        for model in read(path)["models"]:
            yield (
                model["name"],
                {
                    column["name"]: (column["data_type"], " ".join(column["description"].split()))
                    for column in model["columns"]
                    if not column["name"].startswith("_")
                },
            )


def _dataset(
    name: str, said: dict[str, Any], marts: dict[str, dict[str, tuple[str, str]]], terms: Terms
) -> Dataset:
    mart = said.get("mart", name)
    if "audit" in said:
        columns = {column: (kind, "") for column, kind in said["audit"].items()}
    elif mart in marts:
        columns = marts[mart]
    else:
        raise DefinitionError(f"dataset {name}: there is no mart {mart}")
    return Dataset(
        name=name,
        relation=("audit" if "audit" in said else "marts", mart),
        columns=columns,
        computed={column: _expression(how, terms) for column, how in said.get("columns", {}).items()},
        numbers=frozenset(
            one for one, how in said.get("columns", {}).items() if isinstance(how, dict) and "number" in how
        ),
        metrics={one: _metric(one, how) for one, how in said.get("metrics", {}).items()},
        time=said.get("time"),
        latest=said.get("latest"),
    )


def _expression(how: str | dict[str, str], terms: Terms) -> str:
    if isinstance(how, str):
        return how
    if "number" in how:
        return how["number"]
    if "label" in how:
        text = f"replace({how['label']}, '_', ' ')"
        return f"upper(left({text}, 1)) || substr({text}, 2)"
    cases = (f"when '{word}' then '{label}'" for word, label in terms.labels(how["terms"]).items())
    return f"case {how['of']} {' '.join(cases)} end"


def _metric(name: str, how: str | dict[str, str]) -> Metric:
    if isinstance(how, str):
        return Metric(name, " ".join(how.split()))
    [(kind, sql)] = how.items()
    return Metric(name, " ".join(sql.split()), kind)

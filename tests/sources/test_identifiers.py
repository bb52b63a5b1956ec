"""Sources whose orders, customers or products nothing names: a build of what changed would not find them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evergreen import settings
from evergreen.errors import EvergreenError
from evergreen.sources import registry
from evergreen.sources.definition import Source
from evergreen.sources.identifiers import check_identifiers

KINDS = {"customer", "order", "product"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project whose source `src` delivers nothing yet."""
    (tmp_path / "dbt_project/models/input_layer/src").mkdir(parents=True)
    monkeypatch.setenv("EVERGREEN_PROJECT", str(tmp_path))
    settings.reset()
    yield tmp_path
    monkeypatch.undo()
    settings.reset()


def deliver(project: Path, entity: str) -> None:
    (project / f"dbt_project/models/input_layer/src/input_src__{entity}.sql").touch()


def naming(*kinds: str) -> Source:
    """A source with a column for each kind, and one that names nothing."""
    columns: dict[str, Any] = {f"{kind}_id": {"identifies": kind} for kind in kinds} | {"amount": "numeric"}
    return Source.model_validate(
        {"source": "src", "tables": {"t": {"files": ["*.csv"], "key": "all", "columns": columns}}}
    )


@pytest.mark.parametrize(
    ("entity", "kinds"),
    [
        ("customers", ["customer"]),
        ("orders", ["order", "customer"]),  # who bought tells of an order, too
        ("order_lines", ["order", "customer"]),
        ("products", ["product"]),
    ],
)
def test_what_is_delivered_must_be_named(project: Path, entity: str, kinds: list[str]) -> None:
    others = naming(*(KINDS - set(kinds)))
    check_identifiers(others)
    deliver(project, entity)
    for kind in kinds:
        check_identifiers(naming(kind))
    with pytest.raises(
        EvergreenError, match=rf"src\.yml: .*delivers {entity}, but no column .*: {kinds[0]}`.*: mark"
    ):
        check_identifiers(others)


def test_answers_may_be_nobodys(project: Path) -> None:
    deliver(project, "survey_responses")
    check_identifiers(naming())


@pytest.mark.parametrize("name", sorted(registry.load_all()))
def test_the_projects_own_sources_name_what_they_deliver(name: str) -> None:
    check_identifiers(registry.load(name))

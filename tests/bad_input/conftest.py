"""One warehouse for all cases: they are landed, judged and promoted together, each as a batch of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from bad_input.cases import ALL, Case
from conftest import fresh_warehouse
from evergreen import progress
from evergreen.loading import gate, landing, promotion
from evergreen.sources.definition import Source
from evergreen.warehouse.connections import Warehouse


@dataclass
class Loaded:
    """What became of a folder of files."""

    warehouse: Warehouse
    source: Source
    folder: Path
    notes: list[str]

    def load(self) -> None:
        landing.land(self.warehouse, self.source, str(self.folder))
        gate.gate(self.warehouse, self.source)
        promotion.promote(self.warehouse, self.source)

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with self.warehouse.connect("admin") as connection:
            return connection.execute(query, parameters or None).fetchall()  # type: ignore[arg-type]


class Notes(progress.LogSink):
    """Keeps what is said."""

    def __init__(self, said: list[str]) -> None:
        self.said = said

    def note(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture(scope="module")
def till(session_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("till")
    for table in ("sales", "tickets"):
        (folder / table).mkdir()
    for case in ALL:
        (folder / case.path).write_bytes(case.bytes)
    text = Path(__file__).with_name("till.yml").read_text(encoding="utf-8")
    source = Source.model_validate(yaml.safe_load(text))
    with fresh_warehouse(session_warehouse) as warehouse:
        loaded = Loaded(warehouse, source, folder, [])
        progress.use(Notes(loaded.notes))
        loaded.load()
        yield loaded


def case_name(case: Case) -> str:
    return case.name

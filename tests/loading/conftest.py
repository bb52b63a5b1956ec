"""What the tests of loading share."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen import settings
from evergreen.loading import gate
from evergreen.loading.judge import Verdict
from evergreen.loading.suites import Suite
from evergreen.warehouse.connections import Warehouse
from loading.mill import Mill


@pytest.fixture
def mill(warehouse: Warehouse, tmp_path: Path) -> Mill:
    folder = tmp_path / "mill"
    folder.mkdir()
    return Mill(warehouse, folder)


@pytest.fixture
def project(mill: Mill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of the test's own, whose `expectations/` hold what the test puts there."""
    monkeypatch.setattr(settings.settings(), "__dict__", settings.settings().__dict__ | {"project": tmp_path})
    (tmp_path / "expectations").mkdir()
    return tmp_path


class EasyJudge:
    """Lets everything pass at once: for tests about what comes after."""

    def __init__(self, warehouse: Warehouse) -> None: ...

    def validate(self, suite: Suite) -> list[Verdict]:
        return [Verdict(rule, True, None) for rule in suite.rules]

    def close(self) -> None: ...


class StrictJudge:
    """Lets fail what is no value of its type, and nothing else."""

    def __init__(self, warehouse: Warehouse) -> None: ...

    def validate(self, suite: Suite) -> list[Verdict]:
        bad = f"select _batch_id, _line_number from landing.{suite.table.qualified_name}__typed"
        return [
            Verdict(rule, False, f"{bad} where _invalid_columns is not null")
            if rule.name == "invalid_value"
            else Verdict(rule, True, None)
            for rule in suite.rules
        ]

    def close(self) -> None: ...


@pytest.fixture
def easy(mill: Mill, monkeypatch: pytest.MonkeyPatch) -> Mill:
    """A mill whose gate lets everything pass."""
    monkeypatch.setattr(gate, "Judge", EasyJudge)
    return mill

"""Two warehouses side by side: one that grows release by release, one built from nothing to compare."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evergreen.warehouse.connections import Warehouse
from marts.world import OtherWorlds, World


@pytest.fixture(scope="session")
def dbt_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where dbt keeps what it parsed, shared by the tests here."""
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture
def world(warehouse: Warehouse, dbt_target: Path) -> World:
    """An empty world in a fresh warehouse."""
    made = World(warehouse, dbt_target)
    made.prepare()
    return made


@pytest.fixture
def other_worlds(session_warehouse: Warehouse, dbt_target: Path) -> Iterator[OtherWorlds]:
    """Makes empty worlds for comparison, one at a time."""
    worlds = OtherWorlds(session_warehouse, dbt_target)
    yield worlds
    worlds.drop()

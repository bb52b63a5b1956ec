"""Two warehouses side by side: one that grows release by release, one built from nothing to compare."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from world import World

from evergreen.warehouse.connections import Warehouse


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


class OtherWorlds:
    """Makes empty worlds in a database of their own; each takes the place of the one before."""

    def __init__(self, server: Warehouse, target: Path) -> None:
        self._server = server
        self._target = target

    def make(self) -> World:
        """Return an empty world."""
        self.drop()
        with self._server.connect("admin", autocommit=True) as admin:
            admin.execute("create database other_world template template0")
        warehouse = Warehouse(self._server.parameters("admin") | {"dbname": "other_world"}, embedded=False)
        warehouse.migrate()
        world = World(warehouse, self._target)
        world.prepare()
        return world

    def drop(self) -> None:
        """Drop the world that was made last."""
        with self._server.connect("admin", autocommit=True) as admin:
            admin.execute("drop database if exists other_world with (force)")
            for role in ("loader", "transformer", "reader", "steward"):
                admin.execute(f"drop role if exists other_world_{role}")

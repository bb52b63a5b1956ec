"""Simulated shops to look at, made once a test run; and an empty database for those that fill one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import numpy as np
import pytest

from evergreen.simulator import shop
from evergreen.simulator.customers import draw_customers
from evergreen.simulator.lives import History, live
from evergreen.simulator.request import Request
from evergreen.simulator.shop import simulate_to_folder
from evergreen.warehouse.connections import Warehouse
from simulator.simulated_shop import Folder

_numbers = count(1)


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The default shop."""
    out = tmp_path_factory.mktemp("reference")
    simulate_to_folder(out)
    return Folder(out)


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A reference shop with enough answers to find the truth in them."""
    out = tmp_path_factory.mktemp("large")
    simulate_to_folder(out, customers=12_000, years=2, seed=5)
    return Folder(out)


def _history(preset: str) -> History:
    request = Request(customers=8_000, years=3, preset=preset, seed=3)
    world = shop._world(request)
    customers = draw_customers(np.random.default_rng(1), world, request.customers)
    return live(np.random.default_rng(2), world, customers)


@pytest.fixture(scope="session")
def reference_history() -> History:
    """What happened to 8,000 customers, as the simulator holds it."""
    return _history("reference")


@pytest.fixture(scope="session")
def cdnow_like_history() -> History:
    """What happened to 8,000 customers like those of CDNOW."""
    return _history("cdnow_like")


@pytest.fixture
def empty_database(session_warehouse: Warehouse) -> Iterator[Callable[[], str]]:
    """Make empty databases, dropped at the end; each call returns the URL of a new one."""
    made: list[str] = []

    def make() -> str:
        made.append(f"simulated_{next(_numbers)}")
        with session_warehouse.connect("admin", autocommit=True) as admin:
            admin.execute(f"create database {made[-1]} template template0")
        return session_warehouse.url("admin").rpartition("/")[0] + f"/{made[-1]}"

    yield make
    with session_warehouse.connect("admin", autocommit=True) as admin:
        for name in made:
            admin.execute(f"drop database {name} with (force)")

"""The definitions of shop and survey fit what the simulated shop and its survey tool hold."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from evergreen.cli.simulate import simulate
from evergreen.settings import settings
from evergreen.simulator.reveal import live_one_more_day
from evergreen.simulator.shop import simulate_into
from evergreen.sources import registry
from evergreen.sources.discovery import discover
from evergreen.sources.reading import Delivery
from evergreen.warehouse.connections import Warehouse
from sources.making import never

Read = tuple[str, str, str]


@pytest.fixture(scope="module")
def simulated(
    session_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    url = session_warehouse.database("simulated_sources")
    folder = tmp_path_factory.mktemp("survey")
    simulate_into(url, folder, customers=200, years=2)
    yield url, folder
    with session_warehouse.connect("admin", autocommit=True) as admin:
        admin.execute("drop database simulated_sources with (force)")


def rows(delivery: Delivery) -> int:
    """Count the rows of a delivery whose columns fit."""
    source = registry.load(delivery.source, settings().project)
    with delivery.open() as stream:
        match = source.tables[delivery.table].match(stream.columns)
        assert match.fits, f"{delivery.file_or_cursor}: {match.describe()}"
        list(stream.blocks)
        records = list(stream.reopen_tolerant())
    assert not any(record.problem for record in records)
    return len(records)


def test_everything_fits_and_a_day_later_only_what_changed_comes(simulated: tuple[str, Path]) -> None:
    url, folder = simulated
    shop = registry.load("shop", settings().project)
    survey = registry.load("survey", settings().project)
    ledger: set[Read] = set()
    cursors: dict[str, str | None] = {}
    received: dict[str, int] = {}

    def read() -> dict[str, int]:
        counts: dict[str, int] = {}
        deliveries = [
            *discover(shop, url, lambda *key: key in ledger, cursors),
            *discover(survey, str(folder), lambda *key: key in ledger, {}),
        ]
        for delivery in deliveries:
            counts[delivery.table] = counts.get(delivery.table, 0) + rows(delivery)
            ledger.add((delivery.table, delivery.file_or_cursor, delivery.fingerprint))
            cursors[delivery.table] = delivery.cursor or cursors.get(delivery.table)
        return counts

    received = read()
    assert {"customers", "orders", "order_lines", "refunds", "contacts", "responses", "answers"} <= set(
        received
    )
    assert all(received.values())
    assert read() == {}
    for _ in range(3):
        assert live_one_more_day(url, folder)
    later = read()
    assert {"orders", "order_lines"} <= set(later)
    assert 0 < later["orders"] < received["orders"] / 10
    assert read() == {}


def test_the_files_are_loaded_as_it_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a shop"

    simulate(out, customers=200, years=2, preset="reference", seed=1)

    told = capsys.readouterr().out.splitlines()[-1]
    places = dict(word.split("=", 1) for word in shlex.split(told) if "=" in word)
    assert set(places) == {"shop", "survey"}
    for name, place in places.items():
        source = registry.load(name, settings().project)
        deliveries = list(discover(source, place, never, {}))
        assert {delivery.table for delivery in deliveries} == set(source.tables)
        assert all(rows(delivery) for delivery in deliveries)


def test_parents_come_before_their_children(simulated: tuple[str, Path]) -> None:
    shop = registry.load("shop", settings().project)
    order = [delivery.table for delivery in discover(shop, simulated[0], never, {})]
    for table in shop.tables.values():
        for parent in table.references.values():
            assert order.index(parent.partition(".")[0]) < order.index(table.name)

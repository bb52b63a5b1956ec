"""A warehouse in which faults happen, and what has to be true of it whatever happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from evergreen.warehouse.connections import Warehouse
from faults import pipeline
from faults.injection import Fault

# one statement, so one moment: what a reader sees of a fact, two marts and the release
SEEN = """
select
    (select max(release_id) from releases where is_live),
    (select array_agg(sales::text order by order_id) from sales),
    (select array_agg(totals::text) from totals),
    (select array_agg(customers::text order by customer_id) from customers)
"""
RAW = """
select order_id, quantity, price, sold_at, customer_id, _row_hash, _superseded_in is null
from raw.mill__lines order by _row_hash
"""


@dataclass
class House:
    """The home of a warehouse, and the folder of the files that it loads."""

    home: Path
    folder: Path
    first_day: tuple[Any, ...] = ()
    second_day: tuple[Any, ...] = ()
    raw: list[tuple[Any, ...]] = field(default_factory=list)

    def live_undisturbed(self) -> None:
        """Live two days without a fault and note what is there afterwards; keep the evening of the first."""
        pipeline.deliver(self.folder, 1)
        assert self.run() == 0
        self.first_day = self.seen()
        # file_copy: a copied sequence would lose its place in a crash otherwise
        self._maintain("create database evening template evergreen strategy file_copy")
        pipeline.deliver(self.folder, 2)
        assert self.run() == 0
        self.second_day = self.seen()
        self.raw = self.rows(RAW)
        assert self.first_day[1:] != self.second_day[1:]

    def put_back(self) -> None:
        """Return to the evening of the first day."""
        self._maintain(
            "drop database evergreen with (force)",
            "create database evergreen template evening strategy file_copy",
        )

    def run(self, fault: Fault | None = None) -> int:
        """Run once; return the exit code."""
        return pipeline.run(self.home, self.folder, fault)

    def seen(self) -> tuple[Any, ...]:
        """Return what a reader sees, in one statement."""
        with self.warehouse.connect("reader") as reader:
            row = reader.execute(SEEN).fetchone()
        assert row
        return row

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask as the owner."""
        with self.warehouse.connect("admin") as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    @property
    def warehouse(self) -> Warehouse:
        """The warehouse; its server is started again if it was killed."""
        return Warehouse.open()

    def assert_as_undisturbed(self) -> None:
        """Marts, raw and ledger are what they would be if nothing had happened, and nothing is left over."""
        assert self.seen()[1:] == self.second_day[1:]
        assert self.rows(RAW) == self.raw
        ledger = """
            select sum(received_rows), sum(promoted_rows), sum(quarantined_rows), bool_and(
                received_rows = promoted_rows + unchanged_rows + quarantined_rows + rejected_rows
            )
            from audit.load_batches where status <> 'lost'
        """
        assert self.rows(ledger) == [(804, 800, 4, True)]
        assert self.rows("select count(*) from quarantine.rows") == [(4,)]
        assert self.rows("select from audit.load_batches where finished_at is null") == []
        assert self.rows("select from audit.candidate") == []
        assert self.rows("select from landing.mill__lines") == []
        stray = "select from core.sales, audit.releases where is_live and _from_release > release_id"
        assert self.rows(stray) == []

    def _maintain(self, *statements: str) -> None:
        with psycopg.connect(
            **self.warehouse.parameters("admin") | {"dbname": "postgres"}, autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[arg-type]

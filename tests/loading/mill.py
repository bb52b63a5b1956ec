"""A small source of one's own, files to deliver, and the three steps of a load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from evergreen.loading import gate, landing, promotion
from evergreen.loading.promotion import Promoted
from evergreen.sources.definition import Source
from evergreen.warehouse.connections import Warehouse

LINES = """
source: mill
time_zone: Europe/London
tables:
  lines:
    files: ["*.csv"]
    delivered_on: {}
    partition: file
    key: all
    columns:
      order_id: {from: Order, required: true, clean: [trim], identifies: order}
      quantity: {from: Quantity, type: integer, required: true}
      price: {from: Price, type: numeric}
      sold_at: {from: Sold, type: timestamp}
      customer_id: {from: Customer, identifies: customer, clean: [trim, strip_decimal]}
"""

KEYED = """
source: mill
tables:
  customers:
    files: ["customers-*.csv"]
    delivered_on: {}
    key: [customer_id]
    columns:
      customer_id: {identifies: customer, required: true}
      full_name: {personal: true}
      region: text
      referred_by: {identifies: customer, optional: true}
  orders:
    files: ["orders-*.csv"]
    delivered_on: {}
    key: [order_id]
    updated_at: changed_at
    columns:
      order_id: {required: true, identifies: order}
      customer_id: {identifies: customer}
      amount: numeric
      changed_at: timestamp
  lines:
    files: ["lines-*.csv"]
    delivered_on: {}
    partition: file
    key: [order_id, line]
    references: {order_id: orders.order_id}
    columns:
      order_id: {required: true, identifies: order}
      line: {type: integer, required: true}
      product: {identifies: product}
"""


class Mill:
    """A source whose definition and files a test writes, and a warehouse to load it into."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        self.warehouse = warehouse
        self.folder = folder
        self.source = source(LINES)

    def define(self, text: str, **changes: Any) -> None:
        """Take another definition; `changes` go into its (only or last) table."""
        self.source = source(text, **changes)

    def deliver(self, name: str, *lines: str) -> Path:
        """Write a file, header first; a new file of the same name has another fingerprint."""
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    def land(self) -> landing.Landed:
        return landing.land(self.warehouse, self.source, str(self.folder))

    def gate(self) -> gate.Gated:
        return gate.gate(self.warehouse, self.source)

    def promote(self) -> Promoted:
        return promotion.promote(self.warehouse, self.source)

    def load(self) -> Promoted:
        """All three steps."""
        self.land()
        self.gate()
        return self.promote()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask as the database's owner."""
        with self.warehouse.connect("admin") as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    def value(self, query: str) -> Any:
        """Return the only value of the only row."""
        [(value,)] = self.rows(query)
        return value

    def unbalanced(self) -> list[tuple[Any, ...]]:
        """Return the finished batches whose rows are not accounted for, in the ledger or in quarantine."""
        return self.rows(
            """
            select batch_id, status, held.*
            from audit.load_batches
            left join audit.held_back as held using (batch_id)
            where status in ('promoted', 'rejected') and (
                received_rows <> promoted_rows + unchanged_rows + quarantined_rows + rejected_rows
                or rows_held_back <> waiting + readmitted + discarded + erased
            )
            """
        )

    def open_rejections(self) -> list[int]:
        """Return the rejected batches that nobody has dealt with."""
        return [batch for (batch,) in self.rows("select batch_id from audit.open_rejections order by 1")]

    def execute(self, statement: str) -> None:
        with self.warehouse.connect("admin") as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def current(self, table: str = "lines", columns: str = "order_id, quantity") -> list[tuple[Any, ...]]:
        """Return the current rows in raw, ordered."""
        return self.rows(
            f"select {columns} from raw.mill__{table} where _superseded_in is null order by {columns}"
        )


def source(text: str, **changes: Any) -> Source:
    content = yaml.safe_load(text)
    content["tables"][list(content["tables"])[-1]].update(changes)
    return Source.model_validate(content)

"""A warehouse in which releases are made by hand."""

from __future__ import annotations

import pytest

from evergreen.warehouse.connections import Warehouse
from publishing.by_hand import promote


@pytest.fixture
def shop(warehouse: Warehouse) -> Warehouse:
    """The core table `orders` and one promotion."""
    with warehouse.connect("transformer") as connection:
        connection.execute(
            """
            create table core.orders (
                order_id text, amount integer, _row_hash uuid, _from_release bigint, _to_release bigint
            )
            """
        )
    promote(warehouse)
    return warehouse

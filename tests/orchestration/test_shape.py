"""The views of the input layer are left alone only while all of them are there."""

from __future__ import annotations

from dataclasses import dataclass

from evergreen.orchestration.builds import _shape
from evergreen.warehouse.connections import Warehouse


@dataclass
class Configured:
    configuration_hash: str


def test_a_view_that_a_load_took_away_changes_the_shape(warehouse: Warehouse) -> None:
    with warehouse.connect("transformer", autocommit=True) as connection:
        connection.execute("create view staging.stg_mill__lines as select 1 as quantity")
        connection.execute("create view input_layer.orders as select quantity from staging.stg_mill__lines")
        whole = _shape(connection, Configured("a"))  # type: ignore[arg-type]
        assert _shape(connection, Configured("a")) == whole  # type: ignore[arg-type]
        assert _shape(connection, Configured("b")) != whole  # type: ignore[arg-type]
        connection.execute("drop view staging.stg_mill__lines cascade")
        assert _shape(connection, Configured("a")) != whole  # type: ignore[arg-type]

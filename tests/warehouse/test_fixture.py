from evergreen.warehouse.connections import Warehouse


def test_a_fresh_database_is_what_open_leads_to(warehouse: Warehouse) -> None:
    with Warehouse.open().connect("reader") as connection:
        row = connection.execute("select current_database(), current_user").fetchone()

    assert row == (warehouse.name, f"{warehouse.name}_reader")

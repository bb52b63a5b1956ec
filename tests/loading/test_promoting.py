from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg
import pytest

from evergreen.errors import EvergreenError
from evergreen.loading import promotion
from evergreen.loading.pseudonyms import pseudonyms
from evergreen.publishing import candidate
from loading.mill import KEYED, LINES, Mill

HEADER = "Order,Quantity,Price,Sold,Customer"
ORDERS = "order_id,customer_id,amount,changed_at"
CUSTOMERS = "customer_id,full_name,region"


def ledger(mill: Mill) -> list[tuple[object, ...]]:
    return mill.rows(
        "select received_rows, promoted_rows, unchanged_rows, quarantined_rows, rejected_rows "
        "from audit.load_batches order by batch_id"
    )


def test_rows_arrive_typed_cleaned_and_without_identifiers(easy: Mill) -> None:
    easy.deliver(
        "2026-07-01.csv", HEADER, " A1 ,2,3.50,2026-07-01 10:00,17850.0", "A2,-1,,2026-01-01T10:00:00Z,"
    )
    done = easy.load()

    assert (done.batches, done.received_rows, done.promoted_rows) == (1, 2, 2)
    name = pseudonyms().of("mill", "17850")
    assert easy.current(columns="order_id, quantity, price, sold_at, customer_id, _delivered_on::text") == [
        ("A1", 2, Decimal("3.50"), datetime(2026, 7, 1, 9, tzinfo=UTC), name, "2026-07-01"),
        ("A2", -1, None, datetime(2026, 1, 1, 10, tzinfo=UTC), None, "2026-07-01"),
    ]
    assert easy.rows("select source, customer_id, identifier from pii.customers") == [("mill", name, "17850")]
    assert "17850" not in str(easy.rows("select * from raw.mill__lines"))
    assert easy.value("select count(*) from landing.mill__lines") == 0
    working = "select count(*) from pg_class where relnamespace = 'landing'::regnamespace and relkind = 'r'"
    assert easy.value(working) == 1


def test_a_redelivered_file_that_says_the_same_is_unchanged_and_no_promotion(easy: Mill) -> None:
    lines = (HEADER, "A1,1,3,,C1", "A2,1,3,,")
    easy.deliver("2026-01-01.csv", *lines)
    easy.load()
    easy.deliver("2026-01-01.csv", *lines)
    easy.folder.joinpath("2026-01-01.csv").touch()
    done = easy.load()

    assert (done.promoted_rows, done.unchanged_rows) == (0, 2)
    assert ledger(easy) == [(2, 2, 0, 0, 0), (2, 0, 2, 0, 0)]
    assert easy.value("select count(*) from audit.promotions") == 1
    assert easy.rows("select status, promotion_id from audit.load_batches order by batch_id") == [
        ("promoted", 1),
        ("promoted", None),
    ]


def test_a_redelivered_file_replaces_what_it_brought(easy: Mill) -> None:
    easy.deliver("2026-01-01.csv", HEADER, "A1,1,3,,", "A2,1,3,,", "A3,1,3,,")
    easy.deliver("2026-01-02.csv", HEADER, "B1,1,3,,")
    easy.load()
    easy.deliver("2026-01-01.csv", HEADER, "A1,1,3,,", "A2,5,3,,")
    done = easy.load()

    assert easy.current() == [("A1", 1), ("A2", 5), ("B1", 1)]
    assert (done.promoted_rows, done.unchanged_rows, done.superseded_versions) == (1, 1, 2)
    assert easy.rows(
        "select order_id, quantity, _promoted_in, _superseded_in, _withdrawn_in from raw.mill__lines "
        "where _superseded_in is not null order by 1"
    ) == [("A2", 1, 1, 2, 2), ("A3", 1, 1, 2, 2)]


def test_the_state_after_any_promotion_can_be_read(easy: Mill) -> None:
    states = []
    for lines in (["A,1", "B,1"], ["A,2", "B,1"], ["B,1"], ["A,1", "B,1", "C,3"]):
        easy.deliver("2026-01-01.csv", HEADER, *(f"{line},3,," for line in lines))
        easy.load()
        states.append(easy.current())

    for number, state in enumerate(states, start=1):
        assert state == easy.rows(
            "select order_id, quantity from raw.mill__lines "
            f"where _promoted_in <= {number} and (_superseded_in is null or _superseded_in > {number}) "
            "order by 1, 2"
        )


def test_a_file_delivered_twice_before_promotion_counts_by_its_last_delivery(easy: Mill) -> None:
    easy.deliver("2026-01-01.csv", HEADER, "A1,1,3,,", "A2,1,3,,")
    easy.land()
    easy.deliver("2026-01-01.csv", HEADER, "A1,1,3,,", "A3,1,3,,", "A4,1,3,,")
    easy.load()

    assert easy.current() == [("A1", 1), ("A3", 1), ("A4", 1)]
    assert ledger(easy) == [(2, 2, 0, 0, 0), (3, 3, 0, 0, 0)]


def test_a_line_in_two_files_is_one_row_and_stays_until_both_drop_it(easy: Mill) -> None:
    easy.deliver("2026-01-01.csv", HEADER, "A1,1,3,,")
    easy.deliver("2026-01-02.csv", HEADER, "A1,1,3,,", "A2,1,3,,")
    done = easy.load()
    assert (done.promoted_rows, done.unchanged_rows) == (2, 1)
    assert easy.current() == [("A1", 1), ("A2", 1)]

    easy.deliver("2026-01-02.csv", HEADER, "A2,1,3,,")
    easy.load()
    assert easy.current() == [("A1", 1), ("A2", 1)]

    easy.deliver("2026-01-01.csv", HEADER, "A9,1,3,,")
    easy.load()
    assert easy.current() == [("A2", 1), ("A9", 1)]


def test_equal_rows_are_kept_apart_where_they_are_real(easy: Mill) -> None:
    easy.define(LINES, duplicates="keep")
    easy.deliver("2026-01-01.csv", HEADER, "A1,1,3,,", "A1,1,3,,", "A1,1,3,,")
    easy.load()
    assert easy.current() == [("A1", 1)] * 3
    assert len({key for (key,) in easy.rows("select _key from raw.mill__lines")}) == 3

    easy.deliver("2026-01-01.csv", HEADER, "A1,1,3,,", "A1,1,3,,")
    done = easy.load()
    assert easy.current() == [("A1", 1)] * 2
    assert (done.unchanged_rows, done.superseded_versions) == (2, 1)


def test_the_version_with_the_latest_change_wins_whenever_it_comes(easy: Mill) -> None:
    easy.define(KEYED)
    easy.deliver("orders-2026-01-02.csv", ORDERS, "O1,C1,20,2026-01-02 10:00", "O2,C1,5,2026-01-01")
    easy.load()
    easy.deliver("orders-2026-01-01.csv", ORDERS, "O1,C1,10,2026-01-01 10:00")
    done = easy.load()
    assert easy.current("orders", "order_id, amount") == [("O1", 20), ("O2", 5)]
    assert (done.promoted_rows, done.superseded_versions) == (1, 0)

    easy.deliver("orders-2025-01-01.csv", ORDERS, "O1,C2,30,2026-01-03 10:00")
    easy.load()
    assert easy.current("orders", "order_id, amount") == [("O1", 30), ("O2", 5)]
    assert easy.rows(
        "select amount, _promoted_in, _superseded_in from raw.mill__orders where order_id = 'O1' order by 1"
    ) == [(10, 2, 2), (20, 1, 3), (30, 3, None)]


def test_an_old_version_that_comes_again_is_not_stored_again(easy: Mill) -> None:
    easy.define(KEYED)
    easy.deliver("orders-2026-01-02.csv", ORDERS, "O1,C1,20,2026-01-02")
    easy.deliver("orders-2026-01-01.csv", ORDERS, "O1,C1,10,2026-01-01")
    easy.load()
    easy.deliver("orders-2026-01-01.csv", ORDERS, "O1,C1,10,2026-01-01", "O2,C1,1,2026-01-01")
    done = easy.load()

    assert (done.promoted_rows, done.unchanged_rows) == (1, 1)
    assert easy.value("select count(*) from raw.mill__orders where order_id = 'O1'") == 2


def test_without_a_time_of_change_the_day_of_the_file_decides_and_is_moved_on(easy: Mill) -> None:
    easy.define(KEYED)
    easy.deliver("customers-2026-01-01.csv", CUSTOMERS, "C1,Ada,north")
    easy.load()
    easy.deliver("customers-2026-01-03.csv", CUSTOMERS, "C1,Ada,north")
    assert easy.load().unchanged_rows == 1
    easy.deliver("customers-2026-01-02.csv", CUSTOMERS, "C1,Ada,south")
    easy.load()

    assert easy.current("customers", "region") == [("north",)]


def test_a_source_may_go_back_to_an_earlier_version(easy: Mill) -> None:
    easy.define(KEYED)
    for day, region in ((1, "north"), (2, "south"), (3, "north")):
        easy.deliver(f"customers-2026-01-0{day}.csv", CUSTOMERS, f"C1,Ada,{region}")
        easy.load()

    assert easy.current("customers", "region") == [("north",)]
    assert easy.value("select count(*) from raw.mill__customers") == 3


def test_a_withdrawn_version_gives_way_to_the_one_before(easy: Mill) -> None:
    easy.define(KEYED)
    easy.deliver("lines-2026-01-01.csv", "order_id,line,product", "O1,1,P1")
    easy.deliver("lines-2026-01-02.csv", "order_id,line,product", "O1,1,P2", "O1,2,P3")
    easy.load()
    assert easy.current("lines", "line, product") == [(1, "P2"), (2, "P3")]

    easy.deliver("lines-2026-01-02.csv", "order_id,line,product", "O1,2,P3")
    easy.load()
    assert easy.current("lines", "line, product") == [(1, "P1"), (2, "P3")]

    easy.deliver("lines-2026-01-01.csv", "order_id,line,product", "O9,1,P1")
    easy.load()
    assert easy.current("lines", "order_id, line, product") == [("O1", 2, "P3"), ("O9", 1, "P1")]


LINES_HEADER = "order_id,line,product"


def test_a_line_that_moves_to_another_file_goes_with_that_file(easy: Mill) -> None:
    easy.deliver("2026-01-01.csv", HEADER, "A1,1,3,,")
    easy.load()
    easy.deliver("2026-01-01.csv", HEADER, "A2,1,3,,")
    easy.deliver("2026-01-02.csv", HEADER, "A1,1,3,,")
    easy.load()
    assert easy.current() == [("A1", 1), ("A2", 1)]

    easy.deliver("2026-01-02.csv", HEADER, "A3,1,3,,")
    easy.load()
    assert easy.current() == [("A2", 1), ("A3", 1)]


def test_the_past_stays_as_it_was_when_a_superseded_version_is_withdrawn(easy: Mill) -> None:
    easy.define(KEYED)
    for day, lines in ((1, ["O1,1,P1"]), (2, ["O1,1,P2"]), (1, ["O9,1,P9"])):
        easy.deliver(f"lines-2026-01-0{day}.csv", LINES_HEADER, *lines)
        easy.load()

    assert easy.rows(
        "select product from raw.mill__lines "
        "where _promoted_in <= 2 and (_superseded_in is null or _superseded_in > 2)"
    ) == [("P2",)]


def test_what_was_replaced_before_promotion_never_comes_back(easy: Mill) -> None:
    easy.define(KEYED)
    easy.deliver("lines-2026-01-01.csv", LINES_HEADER, "O1,1,P1", "O2,1,P1")
    easy.land()
    easy.deliver("lines-2026-01-01.csv", LINES_HEADER, "O2,1,P1")
    easy.deliver("lines-2026-01-02.csv", LINES_HEADER, "O1,1,P2", "O3,1,P2")
    easy.load()
    easy.deliver("lines-2026-01-02.csv", LINES_HEADER, "O3,1,P2")
    easy.load()

    assert easy.current("lines", "order_id, product") == [("O2", "P1"), ("O3", "P2")]


def test_personal_columns_go_to_pii_and_follow_the_current_version(easy: Mill) -> None:
    easy.define(KEYED)
    easy.deliver("customers-2026-01-02.csv", CUSTOMERS + ",referred_by", "C1,Ada,north,C9")
    easy.load()
    easy.deliver("customers-2026-01-01.csv", CUSTOMERS, "C1,Old Name,north")
    easy.load()
    assert easy.rows("select identifier, personal from pii.customers order by 1") == [
        ("C1", {"full_name": "Ada"}),
        ("C9", {}),
    ]

    easy.deliver("customers-2026-01-03.csv", CUSTOMERS, "C1,Ada Lovelace,north")
    easy.load()
    assert easy.value("select personal from pii.customers where identifier = 'C1'") == {
        "full_name": "Ada Lovelace"
    }
    assert "Ada" not in str(easy.rows("select * from raw.mill__customers"))


def test_changes_are_recorded_once_there_is_a_release(easy: Mill) -> None:
    easy.define(KEYED)
    easy.deliver("orders-2026-01-01.csv", ORDERS, "O1,C1,1,2026-01-01", "O2,C2,1,2026-01-01")
    easy.load()
    assert easy.rows("select changes_recorded from audit.promotions") == [(False,)]
    assert easy.rows("select * from raw.changes") == []

    easy.execute(
        "insert into audit.releases (release_id, generation, as_of_date, through_promotion, is_live) "
        "values (1, 1, '2026-01-01', 1, true)"
    )
    easy.deliver("orders-2026-01-02.csv", ORDERS, "O1,C3,1,2026-01-02")
    easy.deliver("lines-2026-01-02.csv", "order_id,line,product", "O2,1,P1")
    easy.load()

    keys = pseudonyms()
    found = easy.rows("select promotion_id, source_table, key_kind, key_value from raw.changes")
    assert set(found) == {
        (2, "orders", "order", "O1"),
        (2, "orders", "customer", keys.of("mill", "C1")),
        (2, "orders", "customer", keys.of("mill", "C3")),
        (3, "lines", "order", "O2"),
        (3, "lines", "product", "P1"),
        (3, "lines", "customer", keys.of("mill", "C2")),  # through the order
    }
    assert len(found) == 6
    assert easy.rows("select source_table, changes_recorded from audit.promotions order by 1, 2") == [
        ("lines", True),
        ("orders", False),
        ("orders", True),
    ]


@pytest.mark.parametrize("recorded", [True, False])
def test_a_release_after_unrecorded_changes_is_computed_anew(easy: Mill, recorded: bool) -> None:
    """A load that was under way when the first candidate opened did not know that anybody would ask."""
    easy.deliver("2026-01-01.csv", HEADER, "A1,1,3,,")
    easy.load()
    easy.execute(
        "insert into audit.releases "
        "(release_id, generation, as_of_date, through_promotion, is_live, active_sources) "
        "values (0, 1, '2026-01-01', 1, true, '{mill}')"
    )
    easy.deliver("2026-01-02.csv", HEADER, "A2,1,3,,")
    easy.load()
    easy.execute(f"update audit.promotions set changes_recorded = {recorded} where promotion_id = 2")

    opened = candidate.open_candidate(easy.warehouse, ["mill"], "")
    easy.execute("update audit.releases set configuration_hash = ''")
    settled = candidate.settle(easy.warehouse, opened.release_id, date(2026, 1, 2))

    assert settled
    assert settled.is_full is not recorded


def test_every_batch_adds_up(mill: Mill) -> None:
    mill.deliver("2026-01-01.csv", HEADER, "A1,1,3,,", "A1,1,3,,", ",1,3,,", "A2,x,3,,", "A3,1", "A4,1,3,,")
    mill.deliver("2026-01-02.csv", HEADER, "A4,1,3,,", "A5,1,3,,")
    mill.deliver("2026-01-03.csv", HEADER)
    mill.load()

    # A4 is in both files: that of the later day counts, and the earlier one says the same
    assert ledger(mill) == [(6, 1, 1, 4, 0), (2, 2, 0, 0, 0), (0, 0, 0, 0, 0)]


def test_what_does_not_add_up_is_not_committed(easy: Mill, monkeypatch: pytest.MonkeyPatch) -> None:
    easy.deliver("2026-01-01.csv", HEADER, "A1,1,3,,", "A2,1,3,,")
    easy.land()
    easy.gate()
    with monkeypatch.context() as patch:
        patch.setattr(promotion, "quarantine_rows", lambda connection, rows: 1)
        with pytest.raises(EvergreenError, match="do not add up"):
            easy.promote()

    assert easy.value("select count(*) from raw.mill__lines") == 0
    assert easy.rows("select status from audit.load_batches") == [("gated",)]
    assert easy.promote().promoted_rows == 2


def test_a_finished_batch_never_changes(easy: Mill) -> None:
    easy.deliver("2026-01-01.csv", HEADER, "A1,1,3,,")
    easy.load()
    for statement in (
        "update audit.load_batches set promoted_rows = 7",
        "update audit.load_batches set status = 'landed'",
        "delete from audit.load_batches",
    ):
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="finished"):
            easy.execute(statement)


def test_a_load_that_is_big_enough_leaves_figures_for_the_planner(easy: Mill) -> None:
    easy.deliver("2026-01-01.csv", HEADER, *(f"A{number},1,3,,C{number}" for number in range(2000)))
    easy.load()
    assert easy.value("select reltuples from pg_class where oid = 'raw.mill__lines'::regclass") == 2000
    assert (
        easy.value("select count(*) from pg_indexes where schemaname = 'raw' and tablename = 'mill__lines'")
        == 4
    )

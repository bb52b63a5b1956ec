"""Every kind of bad input ends as declared, and every row of it is accounted for."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from bad_input.cases import ALL, Case
from bad_input.conftest import Loaded, case_name

COUNTS = "received_rows, promoted_rows, unchanged_rows, quarantined_rows, rejected_rows"


def test_there_are_enough_cases_and_no_two_alike() -> None:
    assert len(ALL) >= 80
    assert max(Counter(case.path for case in ALL).values()) == 1
    assert max(Counter(case.key for case in ALL).values()) == 1


@pytest.mark.parametrize("case", ALL, ids=case_name)
def test_it_ends_as_declared(till: Loaded, case: Case) -> None:
    [(number, status, message, *counts)] = till.rows(
        f"select batch_id, status, message, {COUNTS} from audit.load_batches where file_or_cursor = %s",
        case.path,
    )
    received, promoted, unchanged, quarantined, rejected = counts
    assert received == promoted + unchanged + quarantined + rejected
    if case.rejected:
        assert (status, rejected, received) == ("rejected", case.received, case.received)
        assert message.startswith(case.rejected)
        assert "\n" not in message
    else:
        assert (status, promoted, unchanged) == ("promoted", case.kept, case.unchanged)
        assert quarantined == len(case.held)
    assert held(till, number) == case.held
    if case.column:
        [(value,)] = till.rows(
            f"select {case.column}::text from raw.till__sales where sale_id = %s and _superseded_in is null",
            case.key,
        )
        assert value == case.value


def held(till: Loaded, number: int) -> dict[int, str]:
    return dict(
        till.rows(
            "select line_number, rule || coalesce('(' || column_name || ')', '') "
            "from quarantine.rows where batch_id = %s",
            number,
        )
    )


def test_all_batches_add_up_in_quarantine_too(till: Loaded) -> None:
    assert till.rows("select * from audit.held_back where rows_held_back <> waiting") == []
    assert till.rows("select count(*) from audit.load_batches where finished_at is null") == [(0,)]


def test_a_rejection_is_one_line_that_says_where_and_what(till: Loaded) -> None:
    """The note names file and reason; what the file holds is no business of a log."""
    for case in ALL:
        if case.rejected and not case.rejected.startswith("rule"):
            [note] = [n for n in till.notes if re.search(rf"\b{re.escape(case.path)} is rejected: ", n)]
            assert "\n" not in note
            assert case.key not in note


def test_nothing_of_it_was_executed_or_lost_its_shape(till: Loaded) -> None:
    [(tables,)] = till.rows("select count(*) from pg_tables where schemaname = 'raw'")
    assert tables == 3  # sales, tickets, changes
    assert till.rows("select count(*) from raw.till__sales where quantity::text = 'NaN'") == [(0,)]
    assert "e_mail" not in str(till.rows("select to_jsonb(s) from raw.till__sales as s limit 1"))
    everything = till.rows(
        "select count(*) from raw.till__sales as s where to_jsonb(s)::text like '%%ada@%%'"
    )
    assert everything == [(0,)]


def test_the_same_files_again_bring_nothing(till: Loaded) -> None:
    before = till.rows("select count(*) from raw.till__sales")
    batches = till.rows("select count(*) from audit.load_batches")
    till.load()
    assert till.rows("select count(*) from audit.load_batches") == batches
    assert till.rows("select count(*) from raw.till__sales") == before


def test_files_that_come_again_changed_or_not(till: Loaded) -> None:
    """The keyed table takes what is new; the ticket file replaces what it brought before."""
    again = next(case for case in ALL if case.name == "short row")
    ticket = next(case for case in ALL if case.name == "ticket twice")
    path = till.folder / again.path
    path.write_bytes(again.bytes.replace(b"b,1\n", b"b,1,,,,,,\n"))
    (till.folder / ticket.path).write_text(f"ticket,amount\n{ticket.key},2\n")
    for case in ALL:
        if case.name == "crlf":
            (till.folder / case.path).touch()
    till.load()

    latest = {
        file: tuple(counts)
        for file, *counts in till.rows(
            f"select distinct on (file_or_cursor) file_or_cursor, {COUNTS} from audit.load_batches "
            "order by file_or_cursor, batch_id desc"
        )
    }
    assert latest[again.path] == (3, 1, 2, 0, 0)
    assert latest[ticket.path] == (1, 0, 1, 0, 0)
    assert latest["sales/crlf.csv"] == (1, 0, 1, 0, 0)
    assert till.rows(
        "select amount::text from raw.till__tickets where ticket = %s and _superseded_in is null", ticket.key
    ) == [("2",)]
    # what waited of them was delivered again
    assert till.rows(
        "select count(*) from quarantine.rows inner join audit.load_batches using (batch_id) "
        "where file_or_cursor = any(%s) and state = 'quarantined'",
        [again.path, ticket.path],
    ) == [(0,)]

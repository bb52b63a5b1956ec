"""What the audit tables guarantee by themselves, whoever writes to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from evergreen.warehouse.connections import Connection, Warehouse

COUNTS = "received_rows, promoted_rows, unchanged_rows, quarantined_rows, rejected_rows"
NEW_BATCH = "insert into audit.load_batches (source, source_table, file_or_cursor) values ('s', 't', 'f')"
NEW_CANDIDATE = (
    "insert into audit.candidate (generation, as_of_date, through_promotion) values (1, '2011-12-09', 1)"
)
NEW_RELEASE = (
    "insert into audit.releases (release_id, generation, as_of_date, through_promotion, is_live) "
    "values (%s, 1, '2011-12-09', 1, true)"
)


@pytest.fixture
def admin(session_warehouse: Warehouse) -> Iterator[Connection]:
    """A connection with every right, whose work is undone."""
    with session_warehouse.connect("admin") as connection:
        yield connection
        connection.rollback()


@contextmanager
def refused(connection: Connection, error: type[psycopg.Error], why: str) -> Iterator[None]:
    """Expect the statement to be refused; what was done before it stands."""
    with pytest.raises(error, match=why), connection.transaction():
        yield


def test_counts_start_at_nothing(admin: Connection) -> None:
    row = admin.execute(f"{NEW_BATCH} returning {COUNTS}, status").fetchone()

    assert row == (0, 0, 0, 0, 0, "landing")


def test_no_row_of_a_finished_batch_is_unaccounted_for(admin: Connection) -> None:
    admin.execute(NEW_BATCH)
    admin.execute("update audit.load_batches set received_rows = 10, status = 'landed'")

    for status in ("promoted", "rejected"):
        with refused(admin, psycopg.errors.CheckViolation, "nothing_is_lost"):
            admin.execute("update audit.load_batches set status = %s, promoted_rows = 9", [status])

    admin.execute(
        """
        update audit.load_batches
        set status = 'promoted', promoted_rows = 4, unchanged_rows = 3, quarantined_rows = 2, rejected_rows = 1
        """  # noqa: E501
    )
    row = admin.execute("select finished_at >= started_at from audit.load_batches").fetchone()
    assert row == (True,)


@pytest.mark.parametrize("status", ["promoted", "rejected", "lost"])
def test_a_finished_batch_never_changes(admin: Connection, status: str) -> None:
    admin.execute(NEW_BATCH)
    admin.execute("update audit.load_batches set status = %s", [status])

    for change in (
        "update audit.load_batches set message = 'x'",
        "update audit.load_batches set status = 'landing', finished_at = null",
        "delete from audit.load_batches",
        "truncate audit.load_batches cascade",
    ):
        with refused(admin, psycopg.errors.IntegrityConstraintViolation, "never"):
            admin.execute(change)


def test_a_batch_in_flight_is_not_finished(admin: Connection) -> None:
    admin.execute(NEW_BATCH)

    with refused(admin, psycopg.errors.CheckViolation, "load_batches_finished"):
        admin.execute("update audit.load_batches set finished_at = now()")
    with refused(admin, psycopg.errors.CheckViolation, "load_batches_status"):
        admin.execute("update audit.load_batches set status = 'done'")


def test_there_is_one_candidate(admin: Connection) -> None:
    admin.execute(NEW_CANDIDATE)

    with refused(admin, psycopg.errors.UniqueViolation, "candidate_is_one"):
        admin.execute(NEW_CANDIDATE)


def test_there_is_one_live_release(admin: Connection) -> None:
    admin.execute(NEW_RELEASE, [1])

    with refused(admin, psycopg.errors.ExclusionViolation, "releases_one_is_live"):
        admin.execute(NEW_RELEASE, [2])
        admin.execute("set constraints all immediate")

    admin.execute(NEW_RELEASE, [2])  # in one transaction the new one may come first
    admin.execute("update audit.releases set is_live = false where release_id = 1")
    admin.execute("set constraints all immediate")

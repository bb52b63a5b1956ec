"""A person in quarantine: rows that name them, whatever form they have, are blanked and stay counted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from psycopg import sql

from evergreen.erasure.record import Erased
from evergreen.loading.erased import Person, customer_columns
from evergreen.loading.relations import compose
from evergreen.sources.definition import Source, Table
from evergreen.warehouse.connections import Connection

LEAST_LENGTH = 6
"""Personal values that are shorter than this (a town, a title) would find other people's rows."""


def blank(
    connection: Connection,
    sources: Iterable[Source],
    person: Person,
    known_values: Sequence[str],
    done: Erased,
) -> None:
    """Blank quarantined rows that name the person or hold a personal value that is known of them.

    The identifier counts as a word of the row, in the tables whose customers it may name; a name, an address
    or a telephone number counts anywhere. Better a row too many than one too few: it breaks a rule anyway.

    Args:
        connection: of the owner, in a transaction.
        sources: the definitions.
        person: whom.
        known_values: their personal values.
        done: gets the number of rows.
    """
    tables = [
        f"{table.source}.{table.name}"
        for source in sources
        for table in source.tables.values()
        if _may_name(table, person.namespace)
    ]
    values = [value for value in known_values if len(value) >= LEAST_LENGTH]
    for name in ("rows", "batches"):
        rows = connection.execute(
            compose(
                """
                update quarantine.{relation}
                set row_text = null, state = 'erased', state_changed_at = clock_timestamp()
                where row_text is not null and (
                    (source || '.' || source_table = any(%(tables)s) and row_text ~ %(word)s)
                    or exists (
                        select from unnest(%(values)s::text[]) as value where strpos(row_text, value) > 0
                    )
                )
                """,
                relation=sql.Identifier(name),
            ),
            {"word": _as_word(person.identifier), "tables": tables, "values": values},
        ).rowcount
        done.add("blank", f"quarantine.{name}", rows)


def _may_name(table: Table, namespace: str) -> bool:
    return any(table.namespace(column) == namespace for column in customer_columns(table))


def _as_word(identifier: str) -> str:
    """Return a pattern for the identifier that no longer one contains; zeros may stand before it."""
    return rf"(?<![[:alnum:]])0*{re.escape(identifier)}(?![[:alnum:]])"

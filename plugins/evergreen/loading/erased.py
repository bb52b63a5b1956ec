"""Customers who were erased, as loading knows them: by a keyed hash, so that later deliveries leave them out.

Where a row can do without the customer it becomes a guest's; where it cannot (the customer is part of its
key, or required) it is suppressed, and counts as rejected. What of it is in quarantine is blank.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from evergreen.errors import EvergreenError
from evergreen.loading.pseudonyms import Pseudonyms, expression, with_key
from evergreen.loading.relations import compose
from evergreen.loading.rows import Rows
from evergreen.settings import secrets
from evergreen.sources.definition import Column, Table
from evergreen.warehouse.connections import Connection

RULE = "erased_customer"


@dataclass(frozen=True, slots=True)
class Person:
    """A customer at the source: an identifier, and whose customers it names."""

    namespace: str
    identifier: str


def key_of(person: Person) -> str:
    """Return what stands for a person in `audit.erasures`."""
    return _keys().of(person.namespace, person.identifier)


def key_id() -> str:
    """Return what tells one erasure key from another."""
    return _keys().of("key", "")


def needs_customer(table: Table, column: Column) -> bool:
    """Tell whether rows of a table mean nothing without the customer whom `column` names."""
    return column.required or column.name in table.key


def customer_columns(table: Table) -> list[Column]:
    """Return the columns that name customers."""
    return [column for column in table.columns if column.identifies == "customer"]


def keep_out(connection: Connection, rows: Rows) -> None:
    """Take the erased out of `identities`, and rows that need them out of the sound ones.

    Raises:
        EvergreenError: the key is not the one with which the erased were listed.
    """
    if not rows.customers or not _anybody(connection):
        return
    connection.execute(
        compose(
            """
            create temporary table erased on commit drop as
            with gone as (
                delete from identities
                where {key} in (select person_key from audit.erasures)
                returning namespace, identifier
            )

            select * from gone
            """,
            key=expression(sql.SQL("namespace"), sql.SQL("identifier")),
        ),
        _keys().parameters,
    )
    for column in rows.customers:
        if needs_customer(rows.table, column):
            connection.execute(
                compose(
                    """
                    insert into failing (_batch_id, _line_number, rule, is_suppressed)
                    select typed._batch_id, typed._line_number, {rule}, true
                    from {typed} as typed
                    inner join gated on gated.batch_id = typed._batch_id and gated.rejected_for is null
                    inner join erased
                        on erased.namespace = {namespace} and erased.identifier = typed.{column}
                    where not exists (
                        select from failing
                        where failing._batch_id = typed._batch_id
                            and failing._line_number = typed._line_number
                    )
                    """,
                    rule=sql.Literal(RULE),
                    typed=rows.names.typed,
                    namespace=sql.Literal(rows.table.namespace(column)),
                    column=sql.Identifier(column.name),
                )
            )


def blank_quarantine(connection: Connection, rows: Rows) -> None:
    """Blank what a promotion put into quarantine of rows that name an erased customer."""
    if not rows.customers or not _anybody(connection):
        return
    named = sql.SQL(" or ").join(
        compose(
            "{key} in (select person_key from audit.erasures)",
            key=expression(
                sql.Literal(rows.table.namespace(column)),
                compose("typed.{name}", name=sql.Identifier(column.name)),
            ),
        )
        for column in rows.customers
    )
    for relation in ("rows", "batches"):
        connection.execute(
            compose(
                """
                update quarantine.{relation} as held
                set row_text = null, state = 'erased', state_changed_at = clock_timestamp()
                from {typed} as typed, gated
                where gated.batch_id = held.batch_id
                    and typed._batch_id = held.batch_id and typed._line_number = held.line_number
                    and ({named})
                """,
                relation=sql.Identifier(relation),
                typed=rows.names.typed,
                named=named,
            ),
            _keys().parameters,
        )


def _anybody(connection: Connection) -> bool:
    """Tell whether anybody was erased, and make sure that we would recognise them."""
    found = connection.execute("select distinct key_id from audit.erasures").fetchall()
    if any(known != key_id() for (known,) in found):
        raise EvergreenError(
            "audit.erasures: customers were erased under another key, and would come back unrecognised: "
            "set EVERGREEN_ERASURE_KEY to it, or restore secrets.json"
        )
    return bool(found)


def _keys() -> Pseudonyms:
    return with_key(secrets()["erasure_key"])

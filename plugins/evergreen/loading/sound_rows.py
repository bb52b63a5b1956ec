"""What a promotion starts from: gated batches, the rows that failed, the customers that are named.

All of it is temporary tables of the promotion's transaction:

- `gated`: every gated batch of the table, with the rule for which it is rejected, if any;
- `failing`: rows that go to quarantine, each with the first rule it broke, and those that go nowhere because
  they are about an erased customer;
- `identities`: identifiers of customers in the rows that are left, with their pseudonyms.
"""

from __future__ import annotations

from psycopg import sql

from evergreen.loading import erased
from evergreen.loading.gate import ABOUT_BATCH
from evergreen.loading.pseudonyms import Pseudonyms, expression
from evergreen.loading.relations import compose
from evergreen.loading.rows import Rows
from evergreen.warehouse.connections import Connection


def collect(connection: Connection, rows: Rows, pseudonyms: Pseudonyms) -> None:
    """Make the temporary tables; they go with the transaction."""
    _collect_batches(connection, rows)
    _collect_failing(connection, rows)
    _collect_identities(connection, rows, pseudonyms)
    erased.keep_out(connection, rows)


def _collect_batches(connection: Connection, rows: Rows) -> None:
    """List the gated batches.

    `file`: what a later delivery under the same name replaces; '' where keys alone decide. `reading`: its
    place in time, the batch's number or that of the delivery whose rows it readmits. `is_replaced`: a later
    delivery of the file, or a later complete reading of the table, is among the gated batches. `is_file`:
    files may come in any order, readings of a database or a service come in the order of time.
    """
    connection.execute(
        compose(
            """
            create temporary table gated on commit drop as
            select
                *,
                rejected_for is null and (
                    (
                        file <> '' and reading
                        < max(batch_id) filter (where not is_readmission)
                        over (partition by file, rejected_for is null)
                    )
                    or reading < max(batch_id) filter (where {is_all}) over ()
                ) is true as is_replaced
            from (
                select
                    batch.batch_id,
                    batch.file_or_cursor as delivery,
                    batch.received_rows,
                    batch.delivered_on,
                    batch.is_complete,
                    batch.origin_batch_id is not null as is_readmission,
                    origin.batch_id as reading,
                    origin.high_water_mark is null and not origin.is_complete as is_file,
                    case
                        when {is_partitioned} and origin.high_water_mark is null and not origin.is_complete
                            then batch.file_or_cursor
                        else ''
                    end as file,
                    (
                        select rule from {failures}
                        where _batch_id = batch.batch_id and _line_number = {whole}
                        order by position
                        limit 1
                    ) as rejected_for
                from audit.load_batches as batch
                inner join audit.load_batches as origin
                    on origin.batch_id = coalesce(batch.origin_batch_id, batch.batch_id)
                where coalesce(batch.origin_source, batch.source) = {source}
                    and batch.source_table = {name} and batch.status = 'gated'
            ) as batches
            """,
            is_all=sql.SQL("is_complete and rejected_for is null and received_rows > 0"),
            is_partitioned=sql.Literal(rows.table.partition == "file"),
            failures=rows.names.failures,
            whole=sql.Literal(ABOUT_BATCH),
            source=sql.Literal(rows.table.source),
            name=sql.Literal(rows.table.name),
        )
    )
    # without figures there seem to be thousands, and all rows would be sorted to be joined with these few
    connection.execute("analyze gated")


def _collect_failing(connection: Connection, rows: Rows) -> None:
    """A row that breaks several rules is quarantined once, for the first of them in the suite."""
    connection.execute(
        compose(
            """
            create temporary table failing on commit drop as
            select distinct on (_batch_id, _line_number) failures.*, false as is_suppressed
            from {failures} as failures
            inner join gated on gated.batch_id = failures._batch_id and gated.rejected_for is null
            where _line_number <> {whole}
            order by _batch_id, _line_number, position
            """,
            failures=rows.names.failures,
            whole=sql.Literal(ABOUT_BATCH),
        )
    )
    connection.execute("analyze failing")


def _collect_identities(connection: Connection, rows: Rows, pseudonyms: Pseudonyms) -> None:
    """Give every customer named in a sound row a pseudonym, once per customer and not once per row."""
    if not rows.customers:
        connection.execute(
            """
            create temporary table identities (namespace text, identifier text, pseudonym text)
            on commit drop
            """
        )
        return
    named = sql.SQL(" union ").join(
        compose(
            """
            select {namespace} as namespace, typed.{column} as identifier
            from {typed} as typed
            inner join gated as batch on batch.batch_id = typed._batch_id and batch.rejected_for is null
            left join failing
                on failing._batch_id = typed._batch_id and failing._line_number = typed._line_number
            where failing._batch_id is null and typed.{column} is not null
            group by 1, 2
            """,
            namespace=sql.Literal(rows.table.namespace(column)),
            column=sql.Identifier(column.name),
            typed=rows.names.typed,
        )
        for column in rows.customers
    )
    connection.execute(
        compose(
            """
            create temporary table identities on commit drop as
            select namespace, identifier, {pseudonym} collate "C" as pseudonym from ({named}) as named
            """,
            pseudonym=expression(sql.SQL("namespace"), sql.SQL("identifier")),
            named=named,
        ),
        pseudonyms.parameters,
    )
    connection.execute("analyze identities")

"""What a promotion touches, for whoever computes only what changed: `raw.changes`.

A row touches the customers, orders and products it names, and the customers that its parents name. A row
that becomes superseded touches them as much as one that becomes current. A parent that comes after its child,
or moves to another customer, is in `raw.changes` itself, so looking at the present parents is enough.
"""

from __future__ import annotations

from collections.abc import Iterator

from psycopg import sql

from evergreen.loading.relations import compose, relations_of
from evergreen.sources.definition import Column, Source, Table
from evergreen.warehouse.connections import Connection

KINDS = ("customer", "order", "product")


def are_wanted(connection: Connection) -> bool:
    """Tell whether there is a release, or one being built, that changes could be compared with."""
    row = connection.execute(
        "select exists (select from audit.releases) or exists (select from audit.candidate)"
    ).fetchone()
    return bool(row and row[0])


def record(connection: Connection, source: Source, table: Table, promotion_id: int) -> None:
    """Write down what the promotion touches; it has done all its work on the table in `raw` before."""
    named = [
        compose(
            "select {kind} as key_kind, changed.{column} as key_value from changed",
            kind=sql.Literal(column.identifies),
            column=sql.Identifier(column.name),
        )
        for column in table.columns
        if column.identifies in KINDS
    ]
    named += [
        compose(
            "select 'customer' as key_kind, {value} as key_value from changed {joins}",
            value=sql.Identifier(f"parent {depth}", column.name),
            joins=joins,
        )
        for depth, joins, column in through_parents(source, table)
    ]
    if not named:
        return
    connection.execute(
        compose(
            """
            insert into raw.changes (promotion_id, source, source_table, key_kind, key_value)
            with changed as (
                select * from {raw}
                where _promoted_in = {promotion} and _superseded_in is distinct from {promotion}
                union all
                select * from {raw}
                where _superseded_in = {promotion} and _promoted_in < {promotion}
            )
            select distinct {promotion}::bigint, {source}, {table}, key_kind, key_value
            from ({named}) as named
            where key_value is not null
            """,
            raw=relations_of(table).raw,
            promotion=sql.Literal(promotion_id),
            source=sql.Literal(source.source),
            table=sql.Literal(table.name),
            named=sql.SQL(" union all ").join(named),
        )
    )


def through_parents(
    source: Source, table: Table, depth: int = 1, above: tuple[str, ...] = ()
) -> Iterator[tuple[int, sql.Composable, Column]]:
    """Yield the columns of parents and their parents that name a customer, with the joins to them.

    The joins begin at a relation `changed`; the column is that of the relation `parent <depth>`.
    """
    child = sql.Identifier("changed" if depth == 1 else f"parent {depth - 1}")
    for ours, theirs in table.references.items():
        name, _, column_name = theirs.partition(".")
        if name in (*above, table.name):
            continue
        parent = source.tables[name]
        join = compose(
            """
            inner join {raw} as {alias}
                on {alias}.{theirs} = {child}.{ours} and {alias}._superseded_in is null
            """,
            raw=relations_of(parent).raw,
            alias=sql.Identifier(f"parent {depth}"),
            theirs=sql.Identifier(column_name),
            child=child,
            ours=sql.Identifier(ours),
        )
        for column in parent.columns:
            if column.identifies == "customer":
                yield depth, join, column
        for deeper, joins, column in through_parents(source, parent, depth + 1, (*above, table.name)):
            yield deeper, join + joins, column

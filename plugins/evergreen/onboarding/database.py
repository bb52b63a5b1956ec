"""A sample of a table in a Postgres database, with what its catalogue says of types and primary key."""

from __future__ import annotations

from psycopg import sql

from evergreen.errors import EvergreenError
from evergreen.onboarding.sample import RECORDS, Catalogue, Sample
from evergreen.sources.definition import Type
from evergreen.sources.snapshot import Relation, Snapshot

TABLES_SHOWN = 20

# What a database calls them; of any other type the values say what they are.
_TYPES: dict[str, Type] = {
    "smallint": "integer",
    "integer": "integer",
    "bigint": "bigint",
    "numeric": "numeric",
    "real": "numeric",
    "double precision": "numeric",
    "boolean": "boolean",
    "date": "date",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamp",
    "json": "json",
    "jsonb": "json",
}


def sample_table(location: str, table: str | None) -> Sample:
    """Read rows of a table, as text, in a read-only transaction.

    Args:
        location: `postgresql://…` of the database.
        table: `schema.table`, or the name of a table in schema public.

    Raises:
        EvergreenError: the database cannot be reached, the table is not there, empty, or not named.
    """
    snapshot = Snapshot(location)
    if not table:
        raise EvergreenError(f"database {snapshot.address}: name a table by --table: {_tables(snapshot)}")
    relation = snapshot.relation(table if "." in table else f"public.{table}")
    texts = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in relation.columns)
    query = sql.SQL("select {} from {} limit {}").format(texts, relation.name, sql.Literal(RECORDS))
    rows = [list(row) for row in snapshot.rows(query)]
    address = f"{relation.shown} in {snapshot.address}"
    if not rows:
        raise EvergreenError(f"{address}: holds no row: give a table that shows what there is")
    return Sample(
        address=address,
        header=relation.columns,
        rows=rows,
        lines=list(range(1, len(rows) + 1)),
        catalogue=Catalogue(
            relation=relation.shown,
            types={name: _TYPES[kind] for name, kind in relation.types.items() if kind in _TYPES},
            primary_key=_primary_key(snapshot, relation),
        ),
    )


def _primary_key(snapshot: Snapshot, relation: Relation) -> tuple[str, ...]:
    query = sql.SQL(
        """
        select attribute.attname
        from pg_index as index
        cross join unnest(index.indkey::int2[]) with ordinality as key (number, position)
        inner join pg_attribute as attribute
            on attribute.attrelid = index.indrelid and attribute.attnum = key.number
        where index.indrelid = {}::regclass and index.indisprimary
        order by key.position
        """
    )
    name = relation.name.as_string()
    return tuple(column for (column,) in snapshot.rows(query.format(sql.Literal(name))))


def _tables(snapshot: Snapshot) -> str:
    rows = snapshot.rows(
        sql.SQL(
            """
            select table_schema || '.' || table_name
            from information_schema.tables
            where table_schema not in ('pg_catalog', 'information_schema')
            order by table_schema <> 'public', table_schema, table_name
            """
        )
    )
    names = [name for (name,) in rows]
    more = f" and {len(names) - TABLES_SHOWN} more" if len(names) > TABLES_SHOWN else ""
    return f"there are {', '.join(names[:TABLES_SHOWN])}{more}" if names else "it shows you none"

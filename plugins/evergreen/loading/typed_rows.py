"""The typed form of all landed batches of a table: what the gate looks at and promotion takes from."""

from __future__ import annotations

from psycopg import sql

from evergreen.loading import tables
from evergreen.loading.pseudonyms import Pseudonyms
from evergreen.loading.relations import Relations, comma, compose, conjunction, relations_of
from evergreen.loading.values import canonical, cast, cleaned, trimmed
from evergreen.sources.definition import Column, Table
from evergreen.warehouse.connections import Connection

USUAL_BATCHES = 20
"""How many promoted batches, at most, tell what is usual for a table."""

LEAST_BATCHES = 5
"""With fewer, nothing is usual yet: a first load is large and the day after it small, as both should be."""


def build(
    connection: Connection,
    table: Table,
    time_zone: str,
    evolved: list[str],
    pseudonyms: Pseudonyms,
) -> int:
    """Build the working tables of the gate from all rows in `landing`, in the caller's transaction.

    `typed` has the columns of `landing` under their names, typed, and

    - `_invalid_columns`: names of the columns whose text is no value of their type, with commas, or NULL;
    - `_row_hash`: of all values, salted; columns at the end that are NULL do not count, so that adding one
      leaves the hashes of rows without it alone;
    - `_occurrence`: 1, 2, … among equal rows of a batch, where the row as a whole is the key;
    - `_problem`: what is wrong with a record that could not be taken apart.

    Args:
        connection: of the loader, in a transaction.
        table: the definition.
        time_zone: in which timestamps without an offset are meant.
        evolved: columns that deliveries brought without being declared.
        pseudonyms: the key that salts the hashes.

    Returns:
        How many rows there are.
    """
    names = relations_of(table)
    drop_working(connection, names)
    connection.execute("select set_config('TimeZone', %s, true)", [time_zone])
    connection.execute("set local datestyle = 'ISO, YMD'")
    # rows are cheap to pass between processes compared with what casting them costs
    connection.execute("set local parallel_tuple_cost = 0.001")
    connection.execute("set local parallel_setup_cost = 100")
    # what is built here has no statistics: the planner would rather sort all rows by their key than hash them
    connection.execute("set local enable_mergejoin = off")
    rows = connection.execute(
        compose(
            "create unlogged table {typed} as {rows}", typed=names.typed, rows=_typed(table, names, evolved)
        ),
        {"salt": pseudonyms.salt},
    ).rowcount
    _find_contested(connection, table, names)
    if table.key == "all":
        _number_equal_rows(connection, names)
    _describe_batches(connection, table, names)
    return rows


def count_by_batch(connection: Connection, table: Table) -> dict[int, int]:
    """Return how many typed rows there are of each batch."""
    query = compose("select _batch_id, count(*) from {typed} group by 1", typed=relations_of(table).typed)
    return dict(connection.execute(query).fetchall())


def drop_working(connection: Connection, names: Relations) -> None:
    """Drop what exists between gate and promotion only."""
    connection.execute(compose("drop table if exists {names}", names=comma(names.working)))


def _typed(table: Table, names: Relations, evolved: list[str]) -> sql.Composed:
    """Return the query: casts first, then what follows from them, so that nothing is cast twice.

    The offset keeps the two apart. Written as `bigint '0'`, and not as 0, it is a constant early enough for
    the planner to see that it limits nothing, and both run in parallel. What every rule reads comes first,
    and texts last: a row is read up to the last column that is asked for.
    """
    in_order = sorted(table.columns, key=lambda column: column.type == "text")
    variants = {column: name for column, name in tables.variants(table).items() if name in evolved}
    return compose(
        """
        select
            _batch_id,
            _line_number,
            1 as _occurrence,
            case
                when _problem is not null then null
                when {invalid} is null then {hash_of_values}
                else {hash_of_texts}
            end as _row_hash,
            {invalid} as _invalid_columns,
            _problem,
            {columns}
        from (
            select {casts}, _problem, _batch_id, _line_number from {landing} offset bigint '0'
        ) as typed
        """,
        columns=comma([sql.Identifier(name) for name in [*(c.name for c in in_order), *evolved]]),
        invalid=_invalid(table.columns),
        hash_of_values=_hash([canonical(column) for column in table.columns], evolved),
        hash_of_texts=_hash([_text(column) for column in table.columns], evolved),
        casts=comma(
            [part for column in table.columns for part in _casts(column)]
            + [_variant(column, variants[column.name]) for column in table.columns if column.name in variants]
            + [
                compose("nullif({name}, '') as {name}", name=sql.Identifier(name))
                for name in evolved
                if name not in variants.values()
            ]
        ),
        landing=names.landing,
    )


def _casts(column: Column) -> list[sql.Composable]:
    """Return the value, and beside it the text that it was made of."""
    name, text = sql.Identifier(column.name), cleaned(column)
    if column.type == "text":
        return [compose("{text} as {name}", text=text, name=name)]
    if not set(column.clean) - {"trim", "empty_as_null"}:
        text = name  # a cast takes an empty text, and blanks around it, as they are
    return [
        compose("{value} as {name}", value=cast(column, text), name=name),
        compose("{text} as {alias}", text=text, alias=_text(column)),
    ]


def _variant(column: Column, name: str) -> sql.Composable:
    """Return the text where it is no value of the column's type, for tables that take such changes on."""
    return compose(
        "case when {value} is null and {trimmed} <> '' then {text} end as {name}",
        value=cast(column, cleaned(column)),
        trimmed=trimmed(cleaned(column)),
        text=cleaned(column),
        name=sql.Identifier(name),
    )


def _text(column: Column) -> sql.Identifier:
    return sql.Identifier(column.name if column.type == "text" else f"text of {column.name}")


def _invalid(columns: tuple[Column, ...]) -> sql.Composable:
    """Return SQL for the names of the columns that have a text and no value; cheap where all have values."""
    typed = [column for column in columns if column.type != "text"]
    if not typed:
        return sql.SQL("null::text")
    return compose(
        "case when {any_null} then nullif(concat_ws(',', {names}), '') end",
        any_null=sql.SQL(" or ").join(
            compose("{name} is null", name=sql.Identifier(column.name)) for column in typed
        ),
        names=comma(
            [
                compose(
                    "case when {value} is null and {text} <> '' then {name} end",
                    value=sql.Identifier(column.name),
                    text=trimmed(_text(column)),
                    name=sql.Literal(column.name),
                )
                for column in typed
            ]
        ),
    )


def _hash(fields: list[sql.Composable], evolved: list[str]) -> sql.Composable:
    """Return SQL for the salted hash of these fields.

    NULL at the end does not count: such fields are trailing commas of the row's text, where every comma of a
    value is in quotes. Undeclared columns come in one object by their names: they were added in whatever
    order files came.
    """
    if evolved:
        pairs = comma([comma([sql.Literal(name), sql.Identifier(name)]) for name in evolved])
        extra = "nullif(jsonb_strip_nulls(jsonb_build_object({pairs}))::text, '{{}}')"
        fields = [*fields, compose(extra, pairs=pairs)]
    return compose(
        """
        md5({salt}::text || case
            when {last} is null then rtrim(row({fields})::text, ',)') || ')' else row({fields})::text
        end)::uuid
        """,
        salt=sql.Placeholder("salt"),
        last=fields[-1],
        fields=comma(fields),
    )


def _named(names: list[str]) -> list[sql.Composable]:
    return [sql.Identifier(name) for name in names]


def key_in_typed(table: Table) -> list[sql.Composable]:
    """Return the columns of `typed` that say which row of the source it is."""
    return _named(["_row_hash"] if table.key == "all" else list(table.key))


def _find_contested(connection: Connection, table: Table, names: Relations) -> None:
    """List the rows that share their key with another, each with its place in `typed`.

    As a semi-join and not by counting keys: several processes can share it, and all but few keys are unique.
    """
    key = key_in_typed(table)
    connection.execute(
        compose(
            """
            create unlogged table {contested} as
            select row._batch_id, row._line_number, row.ctid as place
            from {typed} as row
            where exists (
                select from {typed} as other where {same_key} and other.ctid <> row.ctid
            )
            """,
            contested=names.contested,
            typed=names.typed,
            same_key=conjunction([compose("other.{name} = row.{name}", name=name) for name in key]),
        )
    )


def _number_equal_rows(connection: Connection, names: Relations) -> None:
    connection.execute(
        compose(
            """
            update {typed} as row set _occurrence = numbered.occurrence
            from (
                select
                    place,
                    row_number() over (
                        partition by typed._batch_id, typed._row_hash order by typed._line_number
                    ) as occurrence
                from {typed} as typed
                inner join {contested} as contested on contested.place = typed.ctid
            ) as numbered
            where row.ctid = numbered.place and numbered.occurrence > 1
            """,
            typed=names.typed,
            contested=names.contested,
        )
    )


def _describe_batches(connection: Connection, table: Table, names: Relations) -> None:
    """Give rules about whole batches what they need to compare a batch with: one row per batch."""
    connection.execute(
        compose(
            """
            create unlogged table {batches} as
            with usual as (
                select
                    case when count(*) >= {least} then
                        percentile_cont(0.5) within group (order by received_rows)
                    end as rows
                from (
                    select received_rows from audit.load_batches
                    where source = {source} and source_table = {name} and status = 'promoted'
                        and forgotten_in is null
                    order by batch_id desc
                    limit {recent}
                ) as recent
            )
            select
                batch_id as _batch_id,
                file_or_cursor,
                delivered_on,
                received_rows,
                is_complete,
                case when origin_batch_id is null then usual.rows end as usual_rows
            from audit.load_batches
            cross join usual
            where coalesce(origin_source, source) = {source} and source_table = {name}
                and status in ('landed', 'gated')
            """,
            batches=names.batches,
            source=sql.Literal(table.source),
            name=sql.Literal(table.name),
            recent=sql.Literal(USUAL_BATCHES),
            least=sql.Literal(LEAST_BATCHES),
        )
    )

"""Who is behind the pseudonyms: identifiers and personal columns go to `pii.customers`, and nowhere else."""

from __future__ import annotations

from psycopg import sql

from evergreen.loading.relations import comma, compose
from evergreen.loading.rows import IS_SOUND, Rows
from evergreen.sources.definition import Column
from evergreen.warehouse.connections import Connection


def upsert(connection: Connection, rows: Rows) -> None:
    """Enter the customers named in the sound rows, and the personal columns of the current versions."""
    if not rows.customers:
        return
    connection.execute(
        """
        insert into pii.customers (source, customer_id, identifier)
        select %s, pseudonym, identifier from identities
        on conflict (source, customer_id) do nothing
        """,
        [rows.table.source],
    )
    personal = [column for column in rows.table.columns if column.personal]
    if personal:
        _update(connection, rows, personal)


def _update(connection: Connection, rows: Rows, personal: list[Column]) -> None:
    """Take the personal columns of the customer whose row it is over, where they are not those known."""
    pairs = comma(
        [
            comma([sql.Literal(column.name), compose("typed.{name}", name=sql.Identifier(column.name))])
            for column in personal
        ]
    )
    connection.execute(
        compose(
            """
            with said as (
                select distinct on (customer_id)
                    {owner} as customer_id,
                    jsonb_strip_nulls(jsonb_build_object({pairs})) as personal,
                    typed._batch_id
                {origin}
                left join decided
                    on decided._batch_id = typed._batch_id and decided._line_number = typed._line_number
                where {is_sound} and coalesce(decided.outcome, 'current') = 'current' and {owner} is not null
                order by customer_id, {version_at} desc nulls last, typed._row_hash desc
            )
            update pii.customers as known set
                personal = said.personal,
                _row_hash = md5(said.personal::text)::uuid,
                _batch_id = said._batch_id,
                updated_at = clock_timestamp()
            from said
            where known.source = {source} and known.customer_id = said.customer_id
                and known._row_hash is distinct from md5(said.personal::text)::uuid
            """,
            owner=rows.value(_owner(rows).name),
            pairs=pairs,
            origin=rows.origin,
            is_sound=IS_SOUND,
            version_at=rows.version_at,
            source=sql.Literal(rows.table.source),
        )
    )


def _owner(rows: Rows) -> Column:
    """Return the column that names whom the personal columns describe: one of the key, or the first."""
    return min(rows.customers, key=lambda column: column.name not in rows.table.key)

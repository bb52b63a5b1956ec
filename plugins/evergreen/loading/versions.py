"""Which version of a row is the current one, whatever the order in which versions came.

Every version that ever came has a place in one order: `updated_at`, then the day of its delivery, then (of a
database or web service, whose readings come in the order of time) its reading, then its row hash. The current
version of a key is the last one among those its source still stands by. Files of a table with
`partition: file` stand by what their latest delivery holds, so each file's version of a row counts for
itself; a version that its file brings no more is withdrawn, and the next one in order becomes current again.
A complete reading of a table withdraws what it does not hold. A row that is readmitted from quarantine takes
the place of the delivery that brought it.

Most rows of most loads are the only version of a new key and need none of this. The others, those whose key
comes twice or is in `raw` already, are gathered in `care` and decided about (temporary tables all):

- `care`: such rows with key, place in the order and file;
- `gone`: versions in `raw` that are withdrawn now;
- `decided`: what becomes of each row in `care`;
- `replaced`: versions in `raw` that are current no more;
- `revived`: superseded versions in `raw` that become current again.
"""

from __future__ import annotations

from psycopg import sql

from evergreen.loading.relations import comma, compose, conjunction
from evergreen.loading.rows import IS_SOUND, Rows
from evergreen.warehouse.connections import Connection


def decide(connection: Connection, rows: Rows, *, raw_is_empty: bool) -> None:
    """Make the temporary tables; `sound_rows.collect` comes first."""
    _gather(connection, rows, raw_is_empty=raw_is_empty)
    _note_later_days(connection, rows)
    _find_gone(connection, rows, raw_is_empty=raw_is_empty)
    _gather_versions(connection, rows)
    _find_new(connection, rows)
    _choose(connection, rows)
    _conclude(connection, rows)


def _gather(connection: Connection, rows: Rows, *, raw_is_empty: bool) -> None:
    """Gather the rows that are not simply new."""
    ids = [
        compose("select _batch_id, _line_number from {contested}", contested=rows.names.contested),
        compose(
            """
            select typed._batch_id, typed._line_number from {typed} as typed
            inner join gated on gated.batch_id = typed._batch_id and gated.is_replaced
            """,
            typed=rows.names.typed,
        ),
    ]
    if not raw_is_empty:
        # two arms, because each has an index of its own
        for condition in ("known._superseded_in is null", "known._superseded_in is not null"):
            ids.append(
                compose(
                    """
                    select typed._batch_id, typed._line_number {origin}
                    inner join {raw} as known on {same_key} and {condition}
                    where {is_sound}
                    """,
                    origin=rows.origin,
                    raw=rows.names.raw,
                    same_key=rows.same_key("known"),
                    condition=sql.SQL(condition),
                    is_sound=IS_SOUND,
                )
            )
    found = connection.execute(
        compose("create temporary table care_ids on commit drop as {ids}", ids=sql.SQL(" union ").join(ids))
    ).rowcount
    connection.execute("analyze care_ids")
    connection.execute(
        compose(
            """
            create temporary table care on commit drop as
            select
                {key},
                {version_at} as _version_at,
                batch.delivered_on as _delivered_on,
                typed._row_hash,
                batch.file as _file,
                batch.is_file,
                batch.is_replaced,
                case when batch.is_file then 0 else batch.reading end as _reading,
                typed._batch_id,
                typed._line_number
            {origin}
            inner join care_ids
                on care_ids._batch_id = typed._batch_id and care_ids._line_number = typed._line_number
            where {is_sound}
            """,
            key=rows.named_key,
            version_at=rows.version_at,
            origin=rows.origin,
            # so that nothing is read where there is nothing to gather
            is_sound=IS_SOUND if found else sql.SQL("false"),
        )
    )
    connection.execute("analyze care")


def _find_gone(connection: Connection, rows: Rows, *, raw_is_empty: bool) -> None:
    connection.execute(
        compose(
            """
            create temporary table gone on commit drop as
            select ctid as address, {key} from {raw} where false
            """,
            key=comma(rows.key),
            raw=rows.names.raw,
        )
    )
    if raw_is_empty:
        return
    if rows.table.partition == "file":
        _find_gone_from_files(connection, rows)
    _find_gone_from_source(connection, rows)


def _find_gone_from_files(connection: Connection, rows: Rows) -> None:
    """Find what a file brought before and does not bring any more."""
    earlier = connection.execute(
        """
        select array_agg(earlier.batch_id)
        from audit.load_batches as earlier
        where coalesce(earlier.origin_source, earlier.source) = %s and earlier.source_table = %s
            and earlier.status = 'promoted'
            and earlier.high_water_mark is null and not earlier.is_complete
            and earlier.file_or_cursor in (
                select file from gated where rejected_for is null and file <> '' and not is_readmission
            )
        """,
        [rows.table.source, rows.table.name],
    ).fetchone()
    if not earlier or not earlier[0]:
        return
    connection.execute(
        compose(
            """
            insert into gone
            select known.ctid, {key}
            from {raw} as known
            inner join audit.load_batches as earlier on earlier.batch_id = known._batch_id
            where known._batch_id = any(%s) and known._withdrawn_in is null
                and not exists (
                    select from care
                    where {same_key} and care._row_hash = known._row_hash
                        and care._file = earlier.file_or_cursor and not care.is_replaced
                )
            """,
            key=_prefixed("known", rows),
            raw=rows.names.raw,
            same_key=_same("care", "known", rows),
        ),
        [earlier[0]],
    )


def _find_gone_from_source(connection: Connection, rows: Rows) -> None:
    """Find what the last complete reading of the table, and what came after it, does not hold any more.

    A row that failed the gate keeps the version before it. A reading that is empty, or holds a row whose key
    cannot be told, proves nothing.
    """
    found = connection.execute(
        "select max(batch_id) from gated where is_complete and rejected_for is null and received_rows > 0"
    ).fetchone()
    if not found or found[0] is None:
        return
    last = sql.Literal(found[0])
    unclear = connection.execute(
        compose(
            """
            select exists (
                select from {typed} as typed {identities}
                left join failing
                    on failing._batch_id = typed._batch_id and failing._line_number = typed._line_number
                where typed._batch_id = {last} and ({no_key}) and failing.is_suppressed is not true
            )
            """,
            typed=rows.names.typed,
            identities=rows.identities,
            last=last,
            no_key=sql.SQL(" or ").join(compose("{value} is null", value=value) for value in rows.key_values),
        )
    ).fetchone()
    if unclear and unclear[0]:
        return
    connection.execute(
        compose(
            """
            insert into gone
            select known.ctid, {key}
            from {raw} as known
            where known._withdrawn_in is null
                and not exists (
                    select from {typed} as typed
                    left join failing
                        on failing._batch_id = typed._batch_id and failing._line_number = typed._line_number
                    {identities}
                    where typed._batch_id >= {last} and {same_key}
                        and (typed._row_hash = known._row_hash or failing._batch_id is not null)
                )
                and known.ctid not in (select address from gone)
            """,
            key=_prefixed("known", rows),
            raw=rows.names.raw,
            typed=rows.names.typed,
            identities=rows.identities,
            last=last,
            same_key=rows.same_key("known"),
        )
    )


def _note_later_days(connection: Connection, rows: Rows) -> None:
    """Move the day of a current version on, where a later file said the same.

    Else a file between the two days that comes after both would win over it. Only where files may overlap
    (without `partition: file`) and the day counts; nothing that a mart shows changes.
    """
    if rows.table.partition == "file" or rows.table.delivered_on is None:
        return
    connection.execute(
        compose(
            """
            update {raw} as known set _delivered_on = said.last_day
            from (
                select {key}, _row_hash, max(_delivered_on) as last_day
                from care where is_file and not is_replaced
                group by {key}, _row_hash
            ) as said
            where {same_key} and said._row_hash = known._row_hash and known._superseded_in is null
                and said.last_day > coalesce(known._delivered_on, '-infinity')
            """,
            raw=rows.names.raw,
            key=comma(rows.key),
            same_key=_same("said", "known", rows),
        )
    )


def _gather_versions(connection: Connection, rows: Rows) -> None:
    """Gather the versions in `raw`, of all keys concerned, by which their source stands."""
    arms = [
        compose(
            """
            select
                known.ctid as address, {key}, {version_at} as _version_at, known._delivered_on,
                known._row_hash, known._batch_id, {is_current} as is_current
            from concerned
            inner join {raw} as known on {same_key} and {condition}
            where known._withdrawn_in is null
            """,
            key=_prefixed("known", rows),
            version_at=_version_at("known", rows),
            is_current=sql.Literal(is_current),
            raw=rows.names.raw,
            same_key=_same("known", "concerned", rows),
            condition=sql.SQL(
                "known._superseded_in is null" if is_current else "known._superseded_in is not null"
            ),
        )
        for is_current in (True, False)
    ]
    connection.execute(
        compose(
            """
            create temporary table versions on commit drop as
            with concerned as (select {key} from care union select {key} from gone)
            select
                known.*,
                case when {is_partitioned} and batch.is_file then batch.file_or_cursor else '' end as _file,
                case when known.is_current and not batch.is_file then batch.reading else 0 end as _reading,
                known.address in (select address from gone) as is_gone
            from ({arms}) as known
            inner join (
                select
                    batch.batch_id,
                    batch.file_or_cursor,
                    origin.batch_id as reading,
                    origin.high_water_mark is null and not origin.is_complete as is_file
                from audit.load_batches as batch
                inner join audit.load_batches as origin
                    on origin.batch_id = coalesce(batch.origin_batch_id, batch.batch_id)
            ) as batch on batch.batch_id = known._batch_id
            """,
            key=comma(rows.key),
            is_partitioned=sql.Literal(rows.table.partition == "file"),
            arms=sql.SQL(" union all ").join(arms),
        )
    )
    _note_later_readings(connection, rows)
    connection.execute("analyze versions")


def _note_later_readings(connection: Connection, rows: Rows) -> None:
    """Let a current version that a later reading says again be as late as that."""
    connection.execute(
        compose(
            """
            update versions as known set _reading = said.last_reading
            from (
                select {key}, _row_hash, max(_reading) as last_reading
                from care where not is_file and not is_replaced
                group by {key}, _row_hash
            ) as said
            where {same_key} and said._row_hash = known._row_hash and known.is_current
                and said.last_reading > known._reading
            """,
            key=comma(rows.key),
            same_key=_same("said", "known", rows),
        )
    )


def _find_new(connection: Connection, rows: Rows) -> None:
    """Find the rows that are versions of their own: neither said twice now nor known from before.

    A version that was superseded and comes again with a later day, or in a later reading and not older by its
    own account than the current one, is a new one: the source went back to it.
    """
    connection.execute(
        compose(
            """
            create temporary table new_versions on commit drop as
            select *
            from (
                select
                    *,
                    row_number() over (
                        partition by {key}, _row_hash, _file
                        order by
                            _delivered_on desc nulls last, _reading desc, _batch_id, _line_number
                    ) as ordinal
                from care
                where not is_replaced
            ) as said
            where ordinal = 1 and not exists (
                select from versions as known
                where {same_key} and known._row_hash = said._row_hash and known._file = said._file
                    and (
                        known.is_current or said._file <> ''
                        or (said.is_file and said._delivered_on is null)
                        or known._delivered_on >= said._delivered_on
                        or (
                            not said.is_file and exists (
                                select from versions as later
                                where {current_of_key} and later.is_current and not later.is_gone
                                    and (
                                        later._version_at > said._version_at
                                        or later._reading >= said._reading
                                    )
                            )
                        )
                    )
            )
            """,
            key=comma(rows.key),
            same_key=_same("known", "said", rows),
            current_of_key=_same("later", "said", rows),
        )
    )


def _choose(connection: Connection, rows: Rows) -> None:
    """Choose the last version of each key; where it says what the current one says, that one stays."""
    key = comma(rows.key)
    connection.execute(
        compose(
            """
            create temporary table chosen on commit drop as
            select distinct on ({key}) *
            from (
                select
                    {key}, _version_at, _delivered_on, _reading, _row_hash, is_current, address,
                    null::bigint as _batch_id, null::bigint as _line_number
                from versions
                where not is_gone
                union all
                select
                    {key}, _version_at, _delivered_on, _reading, _row_hash, false, null,
                    _batch_id, _line_number
                from new_versions
            ) as contender
            order by {key}, _version_at desc nulls last, _delivered_on desc nulls last, _reading desc,
                _row_hash desc, is_current desc, address, _batch_id, _line_number
            """,
            key=key,
        )
    )
    connection.execute(
        compose(
            """
            update chosen set
                address = stays.address, is_current = true, _batch_id = null, _line_number = null
            from versions as stays
            where stays.is_current and not stays.is_gone
                and {same_key} and stays._row_hash = chosen._row_hash
            """,
            same_key=_same("stays", "chosen", rows),
        )
    )


def _conclude(connection: Connection, rows: Rows) -> None:
    """Say what becomes of each row, and of versions in `raw`.

    Outcomes: `current`; `superseded` from the beginning; `claim`, superseded too, but it says what the
    current version of another file says; `replaced` by a later delivery; `unchanged`, not stored at all.
    """
    connection.execute(
        compose(
            """
            create temporary table decided on commit drop as
            select
                care._batch_id,
                care._line_number,
                case
                    when care.is_replaced then 'replaced'
                    when new_versions._batch_id is null then 'unchanged'
                    when chosen._batch_id = care._batch_id and chosen._line_number = care._line_number
                        then 'current'
                    when chosen._row_hash = care._row_hash then 'claim'
                    else 'superseded'
                end as outcome
            from care
            left join new_versions
                on new_versions._batch_id = care._batch_id and new_versions._line_number = care._line_number
            left join chosen on {same_key}
            """,
            same_key=_same("chosen", "care", rows),
        )
    )
    connection.execute("analyze decided")
    connection.execute(
        compose(
            """
            create temporary table replaced on commit drop as
            select versions.address from versions
            where is_current and not exists (
                select from chosen where chosen.address = versions.address
            )
            """
        )
    )
    connection.execute(
        """
        create temporary table revived on commit drop as
        select address from chosen where address is not null and not is_current
        """
    )


def _same(left: str, right: str, rows: Rows) -> sql.Composed:
    return conjunction(
        [
            compose(
                "{left}.{name} = {right}.{name}",
                left=sql.Identifier(left),
                right=sql.Identifier(right),
                name=name,
            )
            for name in rows.key
        ]
    )


def _prefixed(alias: str, rows: Rows) -> sql.Composed:
    return comma([compose("{at}.{name}", at=sql.Identifier(alias), name=name) for name in rows.key])


def _version_at(alias: str, rows: Rows) -> sql.Composable:
    if rows.table.updated_at is None:
        return sql.SQL("null::timestamptz")
    return compose("{at}.{name}", at=sql.Identifier(alias), name=sql.Identifier(rows.table.updated_at))

-- A source that is taken away leaves its ledger behind: the batches stay as history, and are marked as forgotten.

alter table audit.load_batches add column forgotten_in bigint references audit.promotions;
alter table audit.load_batches add constraint load_batches_forgotten
check (forgotten_in is null or finished_at is not null);

comment on column audit.load_batches.forgotten_in is
'Promotion that took its rows away again, NULL while they count; what it delivered may be loaded anew';
comment on column audit.promotions.source is
'Source whose batches were promoted; `erasure` or `removal` where a promotion took rows away';

create or replace function audit.keep_finished_batch() returns trigger
language plpgsql
as $$
declare
    is_forgetting boolean := tg_op = 'UPDATE' and new.forgotten_in is distinct from old.forgotten_in;
begin
    -- the loader, who writes the ledger, must not be able to hide a batch
    if
        is_forgetting and old.forgotten_in is null
        and to_jsonb(new) - 'forgotten_in' = to_jsonb(old) - 'forgotten_in'
        and (select pg_has_role(relowner, 'usage') from pg_class where oid = tg_relid)
    then
        return new;
    end if;
    if is_forgetting or old.status in ('promoted', 'rejected', 'lost') then
        raise exception 'load batch % (%): its row in the ledger never changes', old.batch_id, old.status
            using errcode = 'integrity_constraint_violation';
    end if;
    if tg_op = 'DELETE' then
        return old;
    end if;
    return new;
end
$$;

comment on function audit.keep_finished_batch() is
'Refuses to change or delete the row of a finished batch; only the owner may mark it as forgotten.';

create or replace view audit.held_back as
select
    batch_id,
    rows_held_back,
    coalesce(waiting, 0) as waiting,
    coalesce(readmitted, 0) as readmitted,
    coalesce(discarded, 0) as discarded,
    coalesce(erased, 0) as erased
from (
    select batch_id, quarantined_rows + case when status = 'rejected' then rejected_rows else 0 end as rows_held_back
    from audit.load_batches
    where forgotten_in is null
) as held
left join (
    select
        batch_id,
        count(*) filter (where state = 'quarantined') as waiting,
        count(*) filter (where state = 'readmitted') as readmitted,
        count(*) filter (where state = 'discarded') as discarded,
        count(*) filter (where state = 'erased') as erased
    from (
        select batch_id, state from quarantine.rows
        union all
        select batch_id, state from quarantine.batches
    ) as kept
    group by batch_id
) as kept using (batch_id)
where rows_held_back > 0;

create or replace view audit.open_rejections as
select rejected.batch_id, rejected.source, rejected.source_table, rejected.file_or_cursor, rejected.message,
    rejected.finished_at
from audit.load_batches as rejected
where
    rejected.status = 'rejected' and rejected.forgotten_in is null
    and not exists (
        select from audit.quarantine_decisions as decided
        left join audit.load_batches as target on target.batch_id = decided.into_batch_id
        where
            decided.batch_id = rejected.batch_id and decided.is_whole_batch
            and target.status is distinct from 'lost'
    )
    and not exists (
        select from audit.load_batches as later
        where
            later.source = rejected.source and later.source_table = rejected.source_table
            and later.file_or_cursor = rejected.file_or_cursor
            and later.batch_id > rejected.batch_id and later.status = 'promoted'
    );

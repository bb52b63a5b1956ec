-- Rows suppressed after an erasure count as rejected, and are in no quarantine.
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

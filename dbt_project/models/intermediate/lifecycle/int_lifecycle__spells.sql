{{ config(
    materialized='table', unlogged=true,
    pre_hook="{{ by_large_sort() }}",
    post_hook=["create unique index on {{ this }} (customer_id, valid_from)", "{{ gather_statistics(this) }}"]
) }}

with stages as (

    select * from {{ ref('int_lifecycle__stages') }}

),

compared as (

    select
        *,
        lag(stage) over by_day as stage_before,
        lead(changed_on) over by_day is null as is_latest

    from stages

    window by_day as (partition by customer_id order by changed_on)

),

-- where a stage begins, and, last, how it stands now
kept as (

    select
        *,
        coalesce(stage != stage_before, true) as begins_spell

    from compared

    where
        is_latest
        or stage is distinct from stage_before

),

dated as (

    select
        *,
        lead(changed_on) over by_day as next_changed_on,
        lead(begins_spell) over by_day as is_followed,
        lead(reason_code) over by_day as next_reason_code

    from kept

    window by_day as (partition by customer_id order by changed_on)

),

final as (

    select
        -- ids
        customer_id,

        -- text
        stage,
        stage_before as previous_stage,
        reason_code,
        case
            when not coalesce(is_followed, false) then coalesce(next_reason_code, reason_code)
        end as latest_reason_code,

        -- numerics
        cycle_number,

        -- timestamps
        changed_on as valid_from,
        case when is_followed then next_changed_on end as valid_to

    from dated

    where begins_spell

)

select * from final

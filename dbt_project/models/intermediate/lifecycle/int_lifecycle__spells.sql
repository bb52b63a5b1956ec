{{ config(
    materialized='table', unlogged=true,
    post_hook=["create index on {{ this }} (customer_id, valid_from)", "{{ gather_statistics(this) }}"]
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

-- where a stage begins, and how it stands now
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
        lead(changed_on) over (partition by customer_id, begins_spell order by changed_on) as next_changed_on,
        last_value(reason_code) over (
            partition by customer_id
            order by changed_on
            rows between unbounded preceding and unbounded following
        ) as latest_reason_code

    from kept

),

final as (

    select
        -- ids
        customer_id,

        -- text
        stage,
        stage_before as previous_stage,
        reason_code,
        case when next_changed_on is null then latest_reason_code end as latest_reason_code,

        -- numerics
        cycle_number,

        -- timestamps
        changed_on as valid_from,
        next_changed_on as valid_to

    from dated

    where begins_spell

)

select * from final

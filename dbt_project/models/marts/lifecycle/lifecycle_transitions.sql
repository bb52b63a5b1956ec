{{ config(pre_hook="{{ by_large_hash() }}") }}

with spells as (

    select
        *,
        {{ period_start('valid_from', 'month') }} as month

    from {{ ref('customer_lifecycle_history') }}

),

stage_totals as (

    select * from {{ ref('lifecycle_stage_totals') }}

),

-- the first spell of a customer follows no stage
transitions as (

    select
        month,
        previous_stage as from_stage,
        stage as to_stage,
        count(*) as transitions

    from spells

    where previous_stage is not null

    group by month, previous_stage, stage

),

entries as (

    select
        month,
        stage,
        count(*) as entered

    from spells

    group by month, stage

),

at_risk as (

    select
        transitions.*,
        coalesce(opening.customers, 0) + coalesce(entries.entered, 0) as customers_at_risk,
        {{ is_period_complete('transitions.month', 'month') }} as is_complete

    from transitions

    left join stage_totals as opening
        on
            transitions.month = {{ later_period('opening.month', 1, 'month') }}
            and transitions.from_stage = opening.stage

    left join entries
        on
            transitions.month = entries.month
            and transitions.from_stage = entries.stage

),

final as (

    select
        -- ids
        month,
        from_stage,
        to_stage,

        -- numerics
        transitions,
        customers_at_risk,
        case when is_complete then {{ ratio('transitions', 'customers_at_risk') }} end as transition_rate,

        -- booleans
        is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from at_risk

)

select * from final

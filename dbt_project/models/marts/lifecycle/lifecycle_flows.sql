with spells as (

    select
        *,
        {{ period_start('valid_from', 'month') }} as month

    from {{ ref('customer_lifecycle_history') }}

),

stage_totals as (

    select * from {{ ref('lifecycle_stage_totals') }}

),

-- who changes in a month: from the stage before the first change to the stage after the last
placed as (

    select
        month,
        stage as closing_stage,
        first_value(coalesce(previous_stage, 'none')) over by_day as opening_stage,
        lead(valid_from) over by_day is null as is_last

    from spells

    window by_day as (partition by customer_id, month order by valid_from)

),

changed as (

    select
        month,
        opening_stage,
        closing_stage,
        count(*) as customers

    from placed

    where is_last

    group by month, opening_stage, closing_stage

),

-- the others stay where they were
unchanged as (

    select
        {{ later_period('stage_totals.month', 1, 'month') }} as month,
        stage_totals.stage,
        stage_totals.customers - coalesce(sum(changed.customers), 0) as customers

    from stage_totals

    left join changed
        on
            changed.month = {{ later_period('stage_totals.month', 1, 'month') }}
            and stage_totals.stage = changed.opening_stage

    where {{ later_period('stage_totals.month', 1, 'month') }} <= {{ as_of_date() }}

    group by stage_totals.month, stage_totals.stage, stage_totals.customers

),

flows as (

    select
        month,
        opening_stage,
        closing_stage,
        customers

    from changed

    union all

    select
        month,
        stage as opening_stage,
        stage as closing_stage,
        customers

    from unchanged

    where customers > 0

),

final as (

    select
        -- ids
        month,
        opening_stage,
        closing_stage,

        -- numerics
        -- who changed may have come back to the same stage
        cast(sum(customers) as bigint) as customers,

        -- booleans
        {{ is_period_complete('month', 'month') }} as is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from flows

    group by month, opening_stage, closing_stage

)

select * from final

{{ config(pre_hook="{{ by_large_hash() }}") }}

with customers as (

    select
        customer_id,
        coalesce(segment, 'unknown') as segment,
        coalesce(acquisition_channel, 'unknown') as acquisition_channel

    from {{ ref('int_lifecycle__customers') }}

),

spells as (

    select
        customer_id,
        stage,
        previous_stage,
        valid_from,
        {{ period_start('valid_from', 'month') }} as month

    from {{ ref('customer_lifecycle_history') }}

),

months as (

    {{ period_series(
        '(select min(month) from spells)', period_start(as_of_date(), 'month'), 'month'
    ) }}

),

-- who changes in a month: from the stage before the first change to the stage after the last
placed as (

    select
        customer_id,
        month,
        stage as closing_stage,
        first_value(coalesce(previous_stage, 'none')) over by_day as opening_stage,
        lead(valid_from) over by_day is null as is_last

    from spells

    window by_day as (partition by customer_id, month order by valid_from)

),

changed as (

    select
        placed.month,
        customers.segment,
        customers.acquisition_channel,
        placed.opening_stage,
        placed.closing_stage,
        count(*) as customers

    from placed

    inner join customers
        on placed.customer_id = customers.customer_id

    where placed.is_last

    group by
        placed.month, customers.segment, customers.acquisition_channel, placed.opening_stage, placed.closing_stage

),

moves as (

    select
        month,
        segment,
        acquisition_channel,
        closing_stage as stage,
        customers as entered,
        0 as departed

    from changed

    union all

    select
        month,
        segment,
        acquisition_channel,
        opening_stage as stage,
        0 as entered,
        customers as departed

    from changed

    where opening_stage <> 'none'

),

changes as (

    select
        month,
        segment,
        acquisition_channel,
        stage,
        sum(entered) as entered,
        sum(departed) as departed

    from moves

    group by month, segment, acquisition_channel, stage

),

places as (

    select distinct
        segment,
        acquisition_channel,
        stage

    from changes

),

-- how many are in a stage when a month opens, and how many of them leave it or come back to it
stocks as (

    select
        months.period_start as month,
        places.segment,
        places.acquisition_channel,
        places.stage,
        coalesce(changes.departed, 0) as departed,
        sum(coalesce(changes.entered - changes.departed, 0)) over (
            partition by places.segment, places.acquisition_channel, places.stage
            order by months.period_start
            rows between unbounded preceding and 1 preceding
        ) as opening_customers

    from months

    cross join places

    left join changes
        on
            months.period_start = changes.month
            and places.segment = changes.segment
            and places.acquisition_channel = changes.acquisition_channel
            and places.stage = changes.stage

),

flows as (

    select
        month,
        segment,
        acquisition_channel,
        opening_stage,
        closing_stage,
        customers

    from changed

    union all

    -- the others stay where they were
    select
        month,
        segment,
        acquisition_channel,
        stage as opening_stage,
        stage as closing_stage,
        opening_customers - departed as customers

    from stocks

    where opening_customers - departed > 0

),

final as (

    select
        -- ids
        month,
        segment,
        acquisition_channel,
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

    group by month, segment, acquisition_channel, opening_stage, closing_stage

)

select * from final

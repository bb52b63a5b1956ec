{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

{%- set earlier_quarters = 3 -%}

with customer_quarters as (

    select * from {{ ref('int_satisfaction__customer_quarters') }}

),

spaced as (

    select
        *,
        {{ periods_between('period', 'lead(period) over by_quarter', 'quarter') }} as quarters_to_next,
        {{ periods_between('period', period_start(as_of_date(), 'quarter'), 'quarter') }} as quarters_to_last

    from customer_quarters

    where period <= {{ as_of_date() }}

    window by_quarter as (partition by customer_id order by period)

),

-- idle quarters too, while one before them still counts: the three rows above one hold what the three quarters before it brought
all_quarters as (

    select
        spaced.customer_id,
        {{ later_period('spaced.period', 'idle.quarters', 'quarter') }} as period,
        case when idle.quarters = 0 then spaced.net_revenue else 0 end as net_revenue,
        case when idle.quarters = 0 then spaced.profit else 0 end as profit

    from spaced

    cross join lateral (
        select generate_series(
            0, least(coalesce(spaced.quarters_to_next - 1, spaced.quarters_to_last), {{ earlier_quarters }})
        ) as quarters
    ) as idle

),

-- what a quarter brought belongs to the twelve months that end with it and with each of the next three
years as (

    select
        customer_id,
        period,
        sum(net_revenue) over twelve_months as net_revenue,
        sum(profit) over twelve_months as profit

    from all_quarters

    window twelve_months as (
        partition by customer_id
        order by period
        rows between {{ earlier_quarters }} preceding and current row
    )

),

final as (

    select
        -- ids
        customer_id,
        period,

        -- numerics
        net_revenue,
        profit,
        greatest({{ var('satisfaction_value_basis') }}, 0) as value

    from years

)

select * from final

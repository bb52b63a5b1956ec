{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with customer_quarters as (

    select * from {{ ref('int_satisfaction__customer_quarters') }}

),

-- what a quarter brought belongs to the twelve months that end with it and with each of the next three
ages as (

    select age
    from (values (0), (1), (2), (3)) as listed (age)

),

years as (

    select
        customer_quarters.customer_id,
        {{ later_period('customer_quarters.period', 'ages.age', 'quarter') }} as period,
        sum(customer_quarters.net_revenue) as net_revenue,
        sum(customer_quarters.profit) as profit

    from customer_quarters

    cross join ages

    group by
        customer_quarters.customer_id,
        {{ later_period('customer_quarters.period', 'ages.age', 'quarter') }}

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

    where period <= {{ as_of_date() }}

)

select * from final

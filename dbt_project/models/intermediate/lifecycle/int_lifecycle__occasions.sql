{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with orders as (

    {{ fact('orders') }}

),

days as (

    select
        customer_id,
        ordered_on as occasion_on,
        cast(count(*) as integer) as count_orders,
        sum(gross_revenue - discount_amount) as revenue,
        max(ordered_at) as last_ordered_at

    from orders

    where customer_id is not null

    group by customer_id, ordered_on

),

final as (

    select
        -- ids
        customer_id,
        occasion_on,

        -- numerics
        cast(row_number() over by_day as integer) as occasion_number,
        count_orders,
        revenue,

        -- timestamps
        last_ordered_at,
        first_value(occasion_on) over by_day as first_occasion_on,
        lead(occasion_on) over by_day as next_occasion_on

    from days

    window by_day as (partition by customer_id order by occasion_on)

)

select * from final

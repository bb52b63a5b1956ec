{{ config(
    materialized='incremental', incremental_strategy='kept', schema='kept', unlogged=true,
    pre_hook="{{ by_large_sort() }}",
    indexes=[{'columns': ['customer_id', 'day'], 'unique': true}],
    post_hook="{{ gather_statistics(this) }}"
) }}

with orders as (

    {{ fact_of_touched('orders', or_nobodys=false) }}

),

refunds as (

    {{ fact_of_touched('refunds', or_nobodys=false) }}

),

amounts as (

    select
        customer_id,
        ordered_on as day,
        1 as count_orders,
        ordered_at,
        gross_revenue - discount_amount as sales_amount,
        cost_of_goods,
        0 as refund_amount

    from orders

    where customer_id is not null

    union all

    -- on its own day: what is given back later changes nothing before
    select
        customer_id,
        refunded_on as day,
        0 as count_orders,
        cast(null as timestamp) as ordered_at,
        0 as sales_amount,
        0 as cost_of_goods,
        refund_amount

    from refunds

    where is_assigned_to_cohort

),

days as (

    select
        customer_id,
        day,
        cast(sum(count_orders) as integer) as count_orders,
        sum(sales_amount) as sales_amount,
        sum(cost_of_goods) as cost_of_goods,
        sum(refund_amount) as refund_amount,
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at

    from amounts

    group by customer_id, day

),

final as (

    select
        -- ids
        customer_id,
        day,

        -- numerics
        count_orders,
        case when count_orders > 0 then cast(row_number() over by_order_day as integer) end as order_day_number,
        sales_amount,
        cost_of_goods,
        refund_amount,

        -- timestamps
        first_ordered_at,
        last_ordered_at,
        case when count_orders > 0 then first_value(day) over by_order_day end as first_order_day,
        case when count_orders > 0 then lead(day) over by_order_day end as next_order_day

    from days

    window by_order_day as (partition by customer_id, count_orders > 0 order by day)

)

select * from final
-- as they lie: what follows reads the days in this order, by their index
order by customer_id, day

{{ config(
    materialized='table', unlogged=true,
    pre_hook="{{ by_large_hash() }}",
    post_hook="{{ gather_statistics(this) }}"
) }}

with rhythms as (

    select * from {{ ref('int_lifecycle__rhythms') }}

    where
        next_occasion_on is null
        and trend_known_on <= {{ as_of_date() }}

),

days as (

    select * from {{ ref('int_retention__customer_days') }}

),

placed as (

    select
        rhythms.customer_id,
        rhythms.window_days,
        days.day > {{ as_of_date() }} - rhythms.window_days as is_later,
        days.sales_amount - days.refund_amount as revenue,
        days.count_orders

    from rhythms

    left join days
        on
            rhythms.customer_id = days.customer_id
            and days.day > {{ as_of_date() }} - 2 * rhythms.window_days

),

final as (

    select
        -- ids
        customer_id,
        {{ as_of_date() }} as evaluated_on,

        -- numerics
        window_days,
        coalesce(sum(case when is_later then revenue end), 0) as later_revenue,
        coalesce(sum(case when not is_later then revenue end), 0) as earlier_revenue,
        cast(coalesce(sum(case when is_later then count_orders end), 0) as integer) as later_orders,
        cast(coalesce(sum(case when not is_later then count_orders end), 0) as integer) as earlier_orders

    from placed

    group by customer_id, window_days

)

select * from final

with days as (

    select * from {{ ref('int_retention__customer_days') }}

    where count_orders > 0

),

final as (

    select
        -- ids
        customer_id,
        day as occasion_on,

        -- numerics
        order_day_number as occasion_number,
        count_orders,
        sales_amount as revenue,

        -- timestamps
        last_ordered_at,
        first_order_day as first_occasion_on,
        next_order_day as next_occasion_on

    from days

)

select * from final

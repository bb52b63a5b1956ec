{{ config(
    materialized='incremental', incremental_strategy='kept', schema='kept', unlogged=true,
    indexes=[{'columns': ['customer_id', 'occasion_on'], 'unique': true}],
    post_hook="{{ gather_statistics(this) }}"
) }}

with days as (

    select * from {{ ref('int_retention__customer_days') }}

    where
        count_orders > 0
        and {{ of_touched() }}

),

final as (

    select
        -- ids
        customer_id,
        day as occasion_on,

        -- numerics
        cast(row_number() over by_day as integer) as occasion_number,
        count_orders,
        sales_amount as revenue,

        -- timestamps
        last_ordered_at,
        first_value(day) over by_day as first_occasion_on,
        lead(day) over by_day as next_occasion_on

    from days

    window by_day as (partition by customer_id order by day)

)

select * from final

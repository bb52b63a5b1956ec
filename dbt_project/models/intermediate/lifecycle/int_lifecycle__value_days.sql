{{ config(
    materialized='table', unlogged=true,
    post_hook=[
        "create index on {{ this }} (customer_id, value_on) include (revenue_so_far, orders_so_far)",
        "{{ gather_statistics(this) }}",
    ]
) }}

with refunds as (

    {{ fact('refunds') }}

),

amounts as (

    select
        customer_id,
        occasion_on as value_on,
        revenue,
        count_orders

    from {{ ref('int_lifecycle__occasions') }}

    union all

    -- on its own day: what is given back later changes nothing before
    select
        customer_id,
        refunded_on as value_on,
        -1 * refund_amount as revenue,
        0 as count_orders

    from refunds

    where is_assigned_to_cohort

),

days as (

    select
        customer_id,
        value_on,
        sum(revenue) as revenue,
        sum(count_orders) as count_orders

    from amounts

    group by customer_id, value_on

),

final as (

    select
        -- ids
        customer_id,
        value_on,

        -- numerics
        sum(revenue) over so_far as revenue_so_far,
        cast(sum(count_orders) over so_far as integer) as orders_so_far

    from days

    window so_far as (partition by customer_id order by value_on rows between unbounded preceding and current row)

)

select * from final

{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with customer_months as (

    select * from {{ ref('int_retention__customer_months') }}

),

customer_costs as (

    select * from {{ ref('input_layer__customer_costs') }}

),

amounts as (

    select
        customer_id,
        {{ period_start('period_start', 'quarter') }} as period,
        net_revenue,
        net_revenue - cost_of_goods as profit

    from customer_months

    union all

    select
        customer_id,
        {{ period_start('incurred_on', 'quarter') }} as period,
        0 as net_revenue,
        -cost_amount as profit

    from customer_costs

    where
        customer_id is not null
        and {{ happened('incurred_on') }}

),

final as (

    select
        -- ids
        customer_id,
        period,

        -- numerics
        sum(net_revenue) as net_revenue,
        sum(profit) as profit

    from amounts

    group by customer_id, period

)

select * from final

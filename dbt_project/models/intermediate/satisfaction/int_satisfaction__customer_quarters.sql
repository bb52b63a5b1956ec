{{ config(
    materialized='table', unlogged=true,
    pre_hook="{{ by_large_sort() }}",
    post_hook="{{ gather_statistics(this) }}"
) }}

with customer_months as (

    select * from {{ ref('int_value__customer_months') }}

),

final as (

    select
        -- ids
        customer_id,
        {{ period_start('month', 'quarter') }} as period,

        -- numerics
        sum(net_revenue) as net_revenue,
        sum(net_revenue - cost_of_goods - cost_to_serve - acquisition_cost) as profit

    from customer_months

    group by customer_id, {{ period_start('month', 'quarter') }}

)

select * from final

with customers as (

    select * from {{ ref('int_value__customers') }}

),

final as (

    select
        -- ids
        customer_id,
        {{ as_of_date() }} as as_of_date,

        -- numerics
        net_revenue,
        cost_of_goods,
        gross_margin,
        activity_cost,
        retention_cost,
        service_cost,
        cost_to_serve,
        acquisition_cost,
        profit,

        -- rates
        -- of refunds that exceed sales there is no rate
        case when net_revenue > 0 then {{ ratio('profit', 'net_revenue') }} end as profit_margin_rate,
        {{ ratio('profit', 'cost_to_serve') }} as profit_per_service_cost,

        -- standing
        profit_tier,
        profit_decile

    from customers

)

select * from final

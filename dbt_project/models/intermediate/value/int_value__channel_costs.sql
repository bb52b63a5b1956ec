with marketing_costs as (

    select * from {{ ref('input_layer__marketing_costs') }}

    where {{ happened('cost_month') }}

),

final as (

    select
        -- ids
        {{ period_start('cost_month', 'month') }} as month,
        channel,

        -- numerics
        sum(cost_amount) as marketing_cost

    from marketing_costs

    group by {{ period_start('cost_month', 'month') }}, channel

)

select * from final

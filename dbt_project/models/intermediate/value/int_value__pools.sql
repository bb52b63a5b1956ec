with activity_costs as (

    select * from {{ ref('input_layer__activity_costs') }}

    where {{ happened('cost_month') }}

),

final as (

    select
        -- ids
        {{ period_start('cost_month', 'month') }} as month,
        activity,

        -- text
        activity_group,
        driver,

        -- numerics
        sum(cost_amount) as pool,

        -- booleans
        is_value_adding,
        is_fixed,
        {{ is_period_complete(period_start('cost_month', 'month'), 'month') }} as is_complete

    from activity_costs

    group by {{ period_start('cost_month', 'month') }}, activity, activity_group, driver, is_value_adding, is_fixed

)

select * from final

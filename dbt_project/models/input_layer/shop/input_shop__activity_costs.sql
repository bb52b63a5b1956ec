with activity_costs as (

    select * from {{ ref('stg_shop__activity_costs') }}

),

final as (

    select
        -- text
        activity,
        activity_group,
        driver,

        -- numerics
        cost_amount,

        -- booleans
        is_value_adding,
        is_fixed,

        -- dates
        cost_month

    from activity_costs

)

select * from final

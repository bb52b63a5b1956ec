with marketing_costs as (

    select * from {{ ref('stg_shop__marketing_costs') }}

),

final as (

    select
        -- text
        channel,

        -- numerics
        cost_amount,

        -- dates
        cost_month

    from marketing_costs

)

select * from final

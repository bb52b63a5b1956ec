with customer_costs as (

    select * from {{ ref('stg_shop__customer_costs') }}

),

final as (

    select
        -- ids
        {{ source_key('shop', 'cost_id') }} as cost_id,
        customer_id,

        -- text
        kind,

        -- numerics
        cost_amount,

        -- dates
        incurred_on

    from customer_costs

)

select * from final

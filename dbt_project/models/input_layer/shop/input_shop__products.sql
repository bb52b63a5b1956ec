with products as (

    select * from {{ ref('stg_shop__products') }}

),

final as (

    select
        -- ids
        {{ source_key('shop', 'product_id') }} as product_id,

        -- text
        product_name,
        category,

        -- numerics
        unit_cost,

        -- dates
        launched_on

    from products

)

select * from final

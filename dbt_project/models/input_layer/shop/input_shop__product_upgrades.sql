with product_upgrades as (

    select * from {{ ref('stg_shop__product_upgrades') }}

),

final as (

    select
        -- ids
        {{ source_key('shop', 'product_id') }} as product_id,
        {{ source_key('shop', 'upgrades_product_id') }} as upgrades_product_id

    from product_upgrades

)

select * from final

-- An upgrade waits for both of its products: what it changes is found by comparing products.

with product_upgrades as (

    select * from {{ ref('input_layer__product_upgrades') }}

),

products as (

    select * from {{ ref('input_layer__products') }}

),

final as (

    select
        -- ids
        product_upgrades.product_id,
        product_upgrades.upgrades_product_id

    from product_upgrades

    inner join products
        on product_upgrades.product_id = products.product_id

    inner join products as older_products
        on product_upgrades.upgrades_product_id = older_products.product_id

)

select * from final

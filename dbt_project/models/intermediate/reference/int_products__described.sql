with products as (

    select * from {{ ref('input_layer__products') }}

),

product_upgrades as (

    select * from {{ ref('int_product_upgrades__known') }}

),

upgrades as (

    select
        product_id,
        {{ dbt.listagg('upgrades_product_id', "', '", 'order by upgrades_product_id') }} as upgrades_product_ids

    from product_upgrades

    group by product_id

),

final as (

    select
        -- ids
        products.product_id,
        products.source,
        upgrades.upgrades_product_ids,

        -- text
        products.product_name,
        products.category,

        -- numerics
        products.unit_cost,

        -- dates
        products.launched_on

    from products

    left join upgrades
        on products.product_id = upgrades.product_id

)

select * from final

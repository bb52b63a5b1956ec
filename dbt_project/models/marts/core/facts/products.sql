{{ config(
    unique_key=['product_id'],
    meta={'touched_by': []}
) }}

-- depends_on: {{ ref('int_changes__products') }}

with products as (

    select * from {{ ref('int_products__described') }}

),

final as (

    select
        -- ids
        product_id,
        source,
        upgrades_product_ids,

        -- text
        product_name,
        category,

        -- numerics
        unit_cost,

        -- dates
        launched_on,

        -- releases
        {{ release_columns() }}

    from products

)

select * from final

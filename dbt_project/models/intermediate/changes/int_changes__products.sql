{{ config(materialized='table') }}

{% if is_full_build() %}
-- everything is read; nobody asks what changed
-- depends_on: {{ ref('int_products__described') }}, {{ source('live', 'products') }}, {{ source('audit', 'candidate') }}
select cast(null as {{ dbt.type_string() }}) as product_id
where false
{% else %}
-- Compared, not looked up in raw.changes: there every order line touches its product, and a product touched is a
-- customer touched.
with products as (

    select * from {{ ref('int_products__described') }}

),

live_products as (

    {{ live_fact('products') }}

),

final as (

    select coalesce(products.product_id, live_products.product_id) as product_id

    from products

    full outer join live_products
        on products.product_id = live_products.product_id

    where
        products.product_id is null
        or live_products.product_id is null
        or products.category is distinct from live_products.category
        or products.upgrades_product_ids is distinct from live_products.upgrades_product_ids
        or cast(products.unit_cost as {{ dbt.type_string() }})
        is distinct from cast(live_products.unit_cost as {{ dbt.type_string() }})

)

select product_id from final
{% endif %}

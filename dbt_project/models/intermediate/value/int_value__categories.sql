{{ config(
    materialized='incremental', incremental_strategy='kept', schema='kept', unlogged=true,
    pre_hook="{{ without_loops() }}",
    post_hook="{{ gather_statistics(this) }}"
) }}

with order_lines as (

    {{ fact_of_touched('order_lines', or_nobodys=false) }}

),

products as (

    {{ fact('products') }}

),

bought as (

    select distinct
        order_lines.customer_id,
        products.category

    from order_lines

    inner join products
        on order_lines.product_id = products.product_id

    where
        order_lines.customer_id is not null
        and products.category is not null

),

final as (

    select
        -- ids
        customer_id,

        -- numerics
        count(*) as categories

    from bought

    group by customer_id

)

select * from final

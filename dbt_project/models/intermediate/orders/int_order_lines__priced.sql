{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with orders as (

    select * from {{ ref('int_orders__touched') }}

),

order_lines as (

    select * from {{ ref('input_layer__order_lines') }}

),

products as (

    select * from {{ ref('int_products__described') }}

),

final as (

    select
        -- ids
        order_lines.order_id,
        order_lines.line_key,
        order_lines.source,
        order_lines.product_id,
        orders.customer_id,

        -- text
        products.category,

        -- numerics
        order_lines.quantity,
        {{ in_reporting_currency('order_lines.line_amount', 'orders.is_converted', 'orders.exchange_rate') }}
            as gross_revenue,
        {{ in_reporting_currency(
            'coalesce(order_lines.discount_amount, 0)', 'orders.is_converted', 'orders.exchange_rate'
        ) }} as discount_amount,
        case
            when orders.is_converted then order_lines.line_amount - coalesce(order_lines.discount_amount, 0)
        end as sold_in_own_currency,
        case
            when orders.is_converted then order_lines.unit_price * orders.exchange_rate
            else order_lines.unit_price
        end as unit_price,
        products.unit_cost,

        -- booleans
        products.unit_cost is null or order_lines.quantity is null as is_cost_estimated,

        -- timestamps
        orders.ordered_at,
        orders.ordered_on,
        cast(orders.first_ordered_at as date) as first_ordered_on

    from orders

    inner join order_lines
        on orders.order_id = order_lines.order_id

    left join products
        on order_lines.product_id = products.product_id

)

select * from final

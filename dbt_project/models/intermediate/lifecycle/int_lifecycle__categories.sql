with present_trends as (

    select * from {{ ref('int_lifecycle__present_trends') }}

    where value_direction = 'falling'

),

orders as (

    {{ fact('orders') }}

),

order_lines as (

    {{ fact('order_lines') }}

),

products as (

    {{ fact('products') }}

),

bought as (

    select distinct
        present_trends.customer_id,
        products.category,
        orders.ordered_on > present_trends.evaluated_on - present_trends.window_days as is_later

    from present_trends

    inner join orders
        on
            present_trends.customer_id = orders.customer_id
            and orders.ordered_on > present_trends.evaluated_on - 2 * present_trends.window_days

    inner join order_lines
        on orders.order_id = order_lines.order_id

    inner join products
        on order_lines.product_id = products.product_id

    where products.category is not null

),

final as (

    select
        -- ids
        customer_id,

        -- numerics
        count(case when is_later then 1 end) as later_categories,
        count(case when not is_later then 1 end) as earlier_categories

    from bought

    group by customer_id

)

select * from final

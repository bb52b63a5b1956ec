-- What orders have been lowered by is what the refunds that name them gave back, to the last digit; and such a refund belongs
-- to the customer of its order.
with orders as (

    {{ fact('orders') }}

),

refunds as (

    select
        order_id,
        min(customer_id) as customer_id,
        sum(refund_amount) as refund_amount

    from ({{ fact('refunds') }}) as refunds

    where is_assigned_to_order

    group by order_id

)

select
    coalesce(orders.order_id, refunds.order_id) as order_id,
    orders.refund_amount as order_refund_amount,
    refunds.refund_amount

from orders

full outer join refunds
    on orders.order_id = refunds.order_id

where
    orders.order_id is null
    or orders.refund_amount != coalesce(refunds.refund_amount, 0)
    or (refunds.order_id is not null and orders.customer_id is distinct from refunds.customer_id)

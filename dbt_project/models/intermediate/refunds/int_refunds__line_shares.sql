-- What the refunds that name an order take from each of its lines: pro rata to what the lines sold for, to the cent. Where
-- nothing was sold for more than zero, every line bears the same.

with lines as (

    select * from {{ ref('int_order_lines__priced') }}

),

refunds as (

    {{ fact('refunds') }}

),

refunded_orders as (

    select
        order_id,
        sum(refund_amount) as refund_amount

    from refunds

    where is_assigned_to_order

    group by order_id

),

weighed as (

    select
        lines.order_id,
        lines.line_key,
        refunded_orders.refund_amount as order_refund_amount,
        greatest(lines.gross_revenue - lines.discount_amount, 0) as sold_amount,
        sum(greatest(lines.gross_revenue - lines.discount_amount, 0)) over (
            partition by lines.order_id
        ) as order_sold_amount

    from lines

    inner join refunded_orders
        on lines.order_id = refunded_orders.order_id

),

final as (

    select
        order_id,
        line_key,
        {{ pro_rata_share(
            total='order_refund_amount',
            weight='case when order_sold_amount > 0 then sold_amount else 1 end',
            partition_by='order_id',
            order_by='line_key'
        ) }} as refund_amount

    from weighed

)

select * from final

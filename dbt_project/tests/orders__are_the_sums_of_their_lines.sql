-- Every amount of an order is the sum of its lines'. In a build of what changed this is judged order by order, for the orders
-- that the candidate has written, or a line of: the others have been judged before, and nothing touched them since. In a
-- build of everything it is judged day by day. An order without lines carries its refunds alone.
{%- set by = 'ordered_on' if is_full_build() else 'order_id' %}

with written as (

    select order_id from ({{ fact_written_now('orders') }}) as orders

    union

    select order_id from ({{ fact_written_now('order_lines') }}) as order_lines

),

orders as (

    select
        {{ by }},
        sum(count_lines) as count_lines,
        sum(gross_revenue) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(case when count_lines > 0 then refund_amount else 0 end) as refund_amount,
        sum(case when count_lines > 0 then net_revenue else 0 end) as net_revenue,
        sum(cost_of_goods) as cost_of_goods,
        sum(case when count_lines > 0 then gross_margin else 0 end) as gross_margin

    from ({{ fact('orders') }}) as orders
    {%- if not is_full_build() %}

    where order_id in (select order_id from written)
    {%- endif %}

    group by {{ by }}

),

lines as (

    select
        {{ by }},
        count(*) as count_lines,
        sum(gross_revenue) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(refund_amount) as refund_amount,
        sum(net_revenue) as net_revenue,
        sum(cost_of_goods) as cost_of_goods,
        sum(gross_margin) as gross_margin

    from ({{ fact('order_lines') }}) as order_lines
    {%- if not is_full_build() %}

    where order_id in (select order_id from written)
    {%- endif %}

    group by {{ by }}

)

select
    coalesce(orders.{{ by }}, lines.{{ by }}) as {{ by }},
    orders.net_revenue as orders_net_revenue,
    lines.net_revenue as lines_net_revenue

from orders

full outer join lines
    on orders.{{ by }} = lines.{{ by }}

where
    orders.{{ by }} is null
    or orders.count_lines != coalesce(lines.count_lines, 0)
    or orders.gross_revenue != coalesce(lines.gross_revenue, 0)
    or orders.discount_amount != coalesce(lines.discount_amount, 0)
    or orders.refund_amount != coalesce(lines.refund_amount, 0)
    or orders.net_revenue != coalesce(lines.net_revenue, 0)
    or orders.cost_of_goods != coalesce(lines.cost_of_goods, 0)
    or orders.gross_margin != coalesce(lines.gross_margin, 0)

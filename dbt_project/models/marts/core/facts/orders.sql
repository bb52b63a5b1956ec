{{ config(
    unique_key=['order_id'],
    meta={'touched_by': ['customer_id', 'order_id'], 'indexed': ['customer_id', 'ordered_on']}
) }}

-- depends_on: {{ ref('int_changes__customers') }}, {{ ref('int_changes__orders') }}

with orders as (

    select * from {{ ref('int_orders__touched') }}

),

order_lines as (

    {{ fact('order_lines') }}

),

refunds as (

    {{ fact('refunds') }}

),

line_totals as (

    select
        order_id,
        count(*) as count_lines,
        sum(quantity) as quantity,
        sum(gross_revenue) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(cost_of_goods) as cost_of_goods,
        {{ dbt.bool_or('is_cost_estimated') }} as is_cost_estimated

    from order_lines

    {%- if not is_full_build() %}

    where order_id in (select order_id from {{ ref('int_orders__touched') }})
    {%- endif %}

    group by order_id

),

refund_totals as (

    select
        order_id,
        sum(refund_amount) as refund_amount

    from refunds

    where is_assigned_to_order

    group by order_id

),

totalled as (

    select
        orders.*,
        coalesce(line_totals.count_lines, 0) as count_lines,
        coalesce(line_totals.quantity, 0) as quantity,
        coalesce(line_totals.gross_revenue, 0) as gross_revenue,
        coalesce(line_totals.discount_amount, 0) as discount_amount,
        coalesce(line_totals.cost_of_goods, 0) as cost_of_goods,
        coalesce(line_totals.is_cost_estimated, false) as is_cost_estimated,
        coalesce(refund_totals.refund_amount, 0) as refund_amount

    from orders

    left join line_totals
        on orders.order_id = line_totals.order_id

    left join refund_totals
        on orders.order_id = refund_totals.order_id

),

final as (

    select
        -- ids
        order_id,
        source,
        customer_id,

        -- text
        status,
        sales_channel,
        currency,

        -- numerics
        cast(order_number as integer) as order_number,
        {{ periods_between('previous_ordered_on', 'ordered_on', 'day') }} as days_since_previous_order,
        cast(count_lines as integer) as count_lines,
        quantity,
        gross_revenue,
        discount_amount,
        refund_amount,
        gross_revenue - discount_amount - refund_amount as net_revenue,
        cost_of_goods,
        gross_revenue - discount_amount - refund_amount - cost_of_goods as gross_margin,
        exchange_rate,

        -- booleans
        order_number = 1 as is_first_order,
        delivered_at <= promised_delivery_at as is_delivered_on_time,
        is_cost_estimated,
        is_converted,
        is_rate_missing,

        -- timestamps
        ordered_at,
        ordered_on,
        {{ period_start('ordered_on', 'month') }} as order_month,
        promised_delivery_at,
        delivered_at,

        -- releases
        {{ release_columns() }}

    from totalled

)

select * from final

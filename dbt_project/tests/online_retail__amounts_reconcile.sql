-- Sales − refunds in the input layer = all lines of the source: no line is lost or counted twice on its way.
{{ config(enabled='online_retail' in active_sources()) }}

with lines as (

    select coalesce(sum(quantity * unit_price), 0) as amount
    from {{ ref('stg_online_retail__lines') }}

),

sales as (

    select coalesce(sum(line_amount), 0) as amount
    from {{ ref('input_online_retail__order_lines') }}

),

refunds as (

    select coalesce(sum(refund_amount), 0) as amount
    from {{ ref('input_online_retail__refunds') }}

)

select
    lines.amount as line_amount,
    sales.amount as sales_amount,
    refunds.amount as refund_amount

from lines
cross join sales
cross join refunds

where lines.amount != sales.amount - refunds.amount

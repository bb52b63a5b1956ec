{{ config(
    unique_key=['order_id', 'line_key'],
    pre_hook="{{ by_large_sort() }}",
    meta={'touched_by': ['customer_id', 'order_id'], 'indexed': ['customer_id', 'product_id']}
) }}

-- depends_on: {{ ref('int_changes__customers') }}, {{ ref('int_changes__orders') }}

with lines as (

    select * from {{ ref('int_order_lines__kinds') }}

),

refund_shares as (

    select * from {{ ref('int_refunds__line_shares') }}

),

netted as (

    select
        lines.*,
        coalesce(refund_shares.refund_amount, 0) as refund_amount,
        lines.gross_revenue - lines.discount_amount - coalesce(refund_shares.refund_amount, 0) as net_revenue

    from lines

    left join refund_shares
        on
            lines.order_id = refund_shares.order_id
            and lines.line_key = refund_shares.line_key

),

costed as (

    select
        *,
        case
            when is_cost_estimated then net_revenue * (1 - {{ var('default_margin_rate') }})
            else quantity * unit_cost
        end as cost_of_goods

    from netted

),

final as (

    select
        -- ids
        order_id,
        line_key,
        source,
        customer_id,
        product_id,

        -- text
        purchase_kind,

        -- numerics
        quantity,
        unit_price,
        gross_revenue,
        discount_amount,
        refund_amount,
        net_revenue,
        cost_of_goods,
        net_revenue - cost_of_goods as gross_margin,

        -- booleans
        is_cost_estimated,

        -- timestamps
        ordered_at,
        ordered_on,

        -- releases
        {{ release_columns() }}

    from costed

)

select * from final

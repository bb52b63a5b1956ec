{#- What each customer did in each period (day, week, month, quarter, year): a SELECT with one row per customer and period in
    which they ordered or were given a refund that counts for a cohort. Sparse: idle periods have no row. Orders and
    refunds are each aggregated before they meet. -#}
{% macro customer_periods(period) %}
    with ordered as (

        select
            customer_id,
            {{ period_start('ordered_on', period) }} as period_start,
            count(*) as count_orders,
            count(case when order_number = 1 or days_since_previous_order > 0 then 1 end) as count_occasions,
            min(ordered_at) as first_ordered_at,
            max(ordered_at) as last_ordered_at,
            sum(gross_revenue - discount_amount) as sales_amount,
            sum(cost_of_goods) as cost_of_goods

        from ({{ fact('orders') }}) as orders

        where customer_id is not null

        group by customer_id, {{ period_start('ordered_on', period) }}

    ),

    refunded as (

        select
            customer_id,
            {{ period_start('refunded_on', period) }} as period_start,
            sum(refund_amount) as refund_amount

        from ({{ fact('refunds') }}) as refunds

        where is_assigned_to_cohort

        group by customer_id, {{ period_start('refunded_on', period) }}

    )

    select
        coalesce(ordered.customer_id, refunded.customer_id) as customer_id,
        coalesce(ordered.period_start, refunded.period_start) as period_start,
        coalesce(ordered.count_orders, 0) as count_orders,
        coalesce(ordered.count_occasions, 0) as count_occasions,
        ordered.first_ordered_at,
        ordered.last_ordered_at,
        coalesce(ordered.sales_amount, 0) as sales_amount,
        coalesce(ordered.cost_of_goods, 0) as cost_of_goods,
        coalesce(refunded.refund_amount, 0) as refund_amount,
        coalesce(ordered.sales_amount, 0) - coalesce(refunded.refund_amount, 0) as net_revenue

    from ordered

    full outer join refunded
        on
            ordered.customer_id = refunded.customer_id
            and ordered.period_start = refunded.period_start
{% endmacro %}

{#- What each customer did in each period (day, week, month, quarter, year): a SELECT with one row per customer and period in
    which they ordered or were given a refund that counts for a cohort. Sparse: idle periods have no row. Orders and
    refunds are each aggregated before they meet. -#}
{% macro customer_periods(period) %}
    select
        customer_id,
        period_start,
        cast(sum(count_orders) as bigint) as count_orders,
        cast(sum(count_occasions) as bigint) as count_occasions,
        min(first_ordered_at) as first_ordered_at,
        max(last_ordered_at) as last_ordered_at,
        sum(gross_revenue) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(cost_of_goods) as cost_of_goods,
        sum(refund_amount) as refund_amount,
        sum(gross_revenue - discount_amount - refund_amount) as net_revenue

    from (
        select
            customer_id,
            {{ period_start('ordered_on', period) }} as period_start,
            count(*) as count_orders,
            count(case when order_number = 1 or days_since_previous_order > 0 then 1 end) as count_occasions,
            min(ordered_at) as first_ordered_at,
            max(ordered_at) as last_ordered_at,
            sum(gross_revenue) as gross_revenue,
            sum(discount_amount) as discount_amount,
            sum(cost_of_goods) as cost_of_goods,
            0 as refund_amount
        from ({{ fact('orders') }}) as orders
        where customer_id is not null
        group by customer_id, {{ period_start('ordered_on', period) }}

        union all

        select
            customer_id,
            {{ period_start('refunded_on', period) }},
            0,
            0,
            null,
            null,
            0,
            0,
            0,
            sum(refund_amount)
        from ({{ fact('refunds') }}) as refunds
        where is_assigned_to_cohort
        group by customer_id, {{ period_start('refunded_on', period) }}
    ) as activity

    group by customer_id, period_start
{% endmacro %}

{#- What each customer did in each period (week, month, quarter, year): a SELECT with one row per customer and period in
    which they ordered or were given a refund that counts for a cohort. Sparse: idle periods have no row. `condition` tells
    whose, where it is not all customers. -#}
{% macro customer_periods(period, condition=none) %}
    select
        customer_id,
        {{ period_start('day', period) }} as period_start,
        cast(sum(count_orders) as integer) as count_orders,
        cast(count(case when count_orders > 0 then 1 end) as integer) as count_occasions,
        sum(sales_amount) as sales_amount,
        sum(cost_of_goods) as cost_of_goods,
        sum(refund_amount) as refund_amount,
        sum(sales_amount) - sum(refund_amount) as net_revenue

    from {{ ref('int_retention__customer_days') }}
    {%- if condition %}

    where {{ condition }}
    {%- endif %}

    group by customer_id, {{ period_start('day', period) }}
{% endmacro %}

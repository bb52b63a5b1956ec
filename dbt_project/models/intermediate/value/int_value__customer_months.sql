{{ config(
    materialized='table', unlogged=true,
    pre_hook="{{ by_large_hash() }}",
    post_hook="{{ gather_statistics(this) }}"
) }}

{%- set kinds = purchase_kinds() -%}

{%- set columns = ['month', 'customer_id', 'orders', 'activity_cost', 'marketing_activity_cost'] %}

with activity_charges as (

    select * from {{ ref('int_value__activity_charges') }}

),

activity_months as (

    {{ with_untouched_months('activity_charges', 'customer_activity_drivers', columns) }}

),

line_months as (

    select * from {{ ref('int_value__line_months') }}

),

refund_months as (

    select * from {{ ref('int_value__refund_months') }}

),

booked_costs as (

    select * from {{ ref('int_value__booked_costs') }}

),

channel_shares as (

    select * from {{ ref('int_value__channel_shares') }}

),

-- what few customers have in a month
besides as (

    select
        customer_id,
        month,
        {%- for kind in kinds %}
        {{ kind }}_refunds,
        {%- endfor %}
        unassigned_refund_amount,
        0 as acquisition_cost,
        0 as retention_cost,
        0 as service_cost
    from refund_months

    union all

    select
        customer_id,
        month,
        {%- for kind in kinds %}
        0 as {{ kind }}_refunds,
        {%- endfor %}
        0 as unassigned_refund_amount,
        acquisition_cost,
        retention_cost,
        service_cost
    from booked_costs

    union all

    select
        customer_id,
        month,
        {%- for kind in kinds %}
        0 as {{ kind }}_refunds,
        {%- endfor %}
        0 as unassigned_refund_amount,
        acquisition_cost,
        0 as retention_cost,
        0 as service_cost
    from channel_shares

),

besides_summed as (

    select
        customer_id,
        month,
        {%- for kind in kinds %}
        sum({{ kind }}_refunds) as {{ kind }}_refunds,
        {%- endfor %}
        sum(unassigned_refund_amount) as unassigned_refund_amount,
        sum(acquisition_cost) as acquisition_cost,
        sum(retention_cost) as retention_cost,
        sum(service_cost) as service_cost

    from besides

    group by customer_id, month

),

-- every line has its row among the drivers
driven as (

    select
        activity_months.customer_id,
        activity_months.month,
        activity_months.orders,
        {%- for kind in kinds %}
        line_months.{{ kind }}_sales,
        {%- endfor %}
        line_months.cost_of_goods,
        activity_months.activity_cost,
        activity_months.marketing_activity_cost

    from activity_months

    left join line_months
        on
            activity_months.customer_id = line_months.customer_id
            and activity_months.month = line_months.month

),

joined as (

    select
        coalesce(driven.customer_id, besides_summed.customer_id) as customer_id,
        coalesce(driven.month, besides_summed.month) as month,
        coalesce(driven.orders, 0) as count_orders,
        {%- for kind in kinds %}
        coalesce(driven.{{ kind }}_sales, 0) - coalesce(besides_summed.{{ kind }}_refunds, 0) as {{ kind }}_revenue,
        {%- endfor %}
        coalesce(besides_summed.unassigned_refund_amount, 0) as unassigned_refund_amount,
        coalesce(driven.cost_of_goods, 0) as cost_of_goods,
        coalesce(driven.activity_cost, 0) as activity_cost,
        coalesce(driven.marketing_activity_cost, 0) as marketing_activity_cost,
        coalesce(besides_summed.retention_cost, 0) as retention_cost,
        coalesce(besides_summed.service_cost, 0) as service_cost,
        coalesce(besides_summed.acquisition_cost, 0) as acquisition_cost

    from driven

    full outer join besides_summed
        on
            driven.customer_id = besides_summed.customer_id
            and driven.month = besides_summed.month

),

final as (

    select
        -- ids
        customer_id,
        month,

        -- numerics
        count_orders,
        {%- for kind in kinds %}
        {{ kind }}_revenue,
        {%- endfor %}
        unassigned_refund_amount,
        first_purchase_revenue + upsell_revenue + cross_sell_revenue + repeat_revenue - unassigned_refund_amount
            as net_revenue,
        cost_of_goods,
        activity_cost,
        marketing_activity_cost,
        retention_cost,
        service_cost,
        activity_cost + retention_cost + service_cost as cost_to_serve,
        acquisition_cost

    from joined

)

select * from final

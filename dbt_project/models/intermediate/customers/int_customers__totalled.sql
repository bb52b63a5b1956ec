with customers as (

    select * from {{ ref('input_layer__customers') }}

),

days as (

    select * from {{ ref('int_retention__customer_days') }}

),

refunds as (

    {{ fact('refunds') }}

),

order_totals as (

    select
        customer_id,
        cast(sum(count_orders) as bigint) as count_orders,
        cast(max(order_day_number) as bigint) as count_occasions,
        min(first_ordered_at) as first_ordered_at,
        max(last_ordered_at) as last_ordered_at,
        sum(sales_amount) as sales_amount,
        sum(cost_of_goods) as cost_of_goods

    from days

    group by customer_id

),

-- all of them, also those that no cohort row shows
refund_totals as (

    select
        customer_id,
        sum(refund_amount) as refund_amount,
        sum(case when is_assigned_to_order then 0 else refund_amount end) as unassigned_refund_amount

    from refunds

    where customer_id is not null

    group by customer_id

),

totalled as (

    select
        customers.*,
        order_totals.first_ordered_at,
        order_totals.last_ordered_at,
        coalesce(order_totals.count_orders, 0) as count_orders,
        coalesce(order_totals.count_occasions, 0) as count_occasions,
        coalesce(order_totals.sales_amount, 0) as sales_amount,
        coalesce(order_totals.cost_of_goods, 0) as cost_of_goods,
        coalesce(refund_totals.refund_amount, 0) as refund_amount,
        coalesce(refund_totals.unassigned_refund_amount, 0) as unassigned_refund_amount

    from customers

    left join order_totals
        on customers.customer_id = order_totals.customer_id

    left join refund_totals
        on customers.customer_id = refund_totals.customer_id

    where {{ is_known('customers.known_since') }}

),

final as (

    select
        -- ids
        customer_id,
        source,
        influences_customer_id,
        referred_by_customer_id,
        account_manager_id,

        -- text
        customer_kind,
        segment,
        industry,
        region,
        acquisition_channel as channel,

        -- numerics
        count_orders,
        count_occasions,
        sales_amount,
        refund_amount,
        sales_amount - refund_amount as net_revenue,
        unassigned_refund_amount,
        cost_of_goods,
        sales_amount - refund_amount - cost_of_goods as gross_margin,

        -- booleans
        is_target,
        is_key_account,

        -- timestamps
        known_since,
        {{ if_happened('registered_at') }} as registered_at,
        {{ if_happened('member_since') }} as member_since,
        first_ordered_at,
        last_ordered_at

    from totalled

)

select * from final

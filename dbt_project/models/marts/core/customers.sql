with customers as (

    select * from {{ ref('int_customers__totalled') }}

),

lifecycle as (

    select * from {{ ref('customer_lifecycle') }}

),

profits as (

    select * from {{ ref('int_value__customers') }}

),

final as (

    select
        -- ids
        customers.customer_id,
        customers.source,
        customers.influences_customer_id,
        customers.referred_by_customer_id,
        customers.account_manager_id,

        -- text
        customers.customer_kind,
        customers.segment,
        customers.industry,
        customers.region,
        customers.channel,

        -- what other marts say of the customer
        lifecycle.stage,
        profits.profit_tier,
        lifecycle.customer_state,

        -- numerics
        customers.count_orders,
        customers.count_occasions,
        customers.sales_amount,
        customers.refund_amount,
        customers.net_revenue,
        customers.unassigned_refund_amount,
        customers.cost_of_goods,
        customers.gross_margin,

        -- booleans
        customers.is_target,
        customers.is_key_account,

        -- timestamps
        customers.known_since,
        customers.registered_at,
        customers.member_since,
        customers.first_ordered_at,
        customers.last_ordered_at,
        {{ as_of_date() }} as as_of_date

    from customers

    left join lifecycle
        on customers.customer_id = lifecycle.customer_id

    left join profits
        on customers.customer_id = profits.customer_id

)

select * from final

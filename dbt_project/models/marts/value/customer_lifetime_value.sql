with customers as (

    select * from {{ ref('customers') }}

),

predictions as (

    select * from {{ ref('int_value__predictions') }}

),

final as (

    select
        -- ids
        customers.customer_id,
        customers.as_of_date,

        -- what has been
        cast(null as numeric) as acquisition_cost,
        customers.net_revenue as direct_revenue,
        cast(null as numeric) as first_purchase_revenue,
        cast(null as numeric) as upsell_revenue,
        cast(null as numeric) as cross_sell_revenue,
        cast(null as numeric) as repeat_revenue,
        customers.unassigned_refund_amount,
        cast(null as numeric) as referral_net_income,
        customers.gross_margin,
        cast(null as numeric) as cost_to_serve,
        cast(null as numeric) as historic_value,

        -- what is expected
        predictions.probability_alive,
        predictions.expected_orders_12m,
        predictions.expected_order_value,
        predictions.predicted_value_12m,
        predictions.predicted_value_12m_low,
        predictions.predicted_value_12m_high,
        predictions.predicted_value_lifetime,

        -- both
        cast(null as numeric) as sustained_value,
        cast(null as {{ dbt.type_string() }}) as value_tier

    from customers

    left join predictions
        on customers.customer_id = predictions.customer_id

)

select * from final

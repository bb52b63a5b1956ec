with customers as (

    select * from {{ ref('customers') }}

),

values_so_far as (

    select * from {{ ref('int_value__customers') }}

),

referral_network as (

    select * from {{ ref('referral_network') }}

),

predictions as (

    select * from {{ ref('int_value__predictions') }}

),

joined as (

    select
        values_so_far.*,
        coalesce(referral_network.referral_net_income_network, 0) as referral_net_income,
        {{ ratio('values_so_far.gross_margin', 'customers.count_occasions') }} as margin_per_occasion,
        predictions.probability_alive,
        predictions.expected_orders_12m,
        predictions.expected_orders_lifetime,
        predictions.expected_order_value,
        predictions.predicted_value_12m,
        predictions.predicted_value_12m_low,
        predictions.predicted_value_12m_high,
        predictions.predicted_value_lifetime

    from values_so_far

    inner join customers
        on values_so_far.customer_id = customers.customer_id

    left join referral_network
        on values_so_far.customer_id = referral_network.customer_id

    left join predictions
        on values_so_far.customer_id = predictions.customer_id

),

sustained as (

    select
        *,
        -- (occasions so far + expected ones) × margin per occasion: what the first of them made is known to the cent
        gross_margin
        - acquisition_cost
        + referral_net_income
        + coalesce(round(expected_orders_lifetime * margin_per_occasion, 2), 0) as sustained_value

    from joined

),

ranked as (

    select
        *,
        row_number() over (order by sustained_value desc, customer_id asc) as place,
        count(case when sustained_value > 0 then 1 end) over () as count_positive

    from sustained

),

final as (

    select
        -- ids
        customer_id,
        {{ as_of_date() }} as as_of_date,

        -- what has been
        acquisition_cost,
        net_revenue as direct_revenue,
        first_purchase_revenue,
        upsell_revenue,
        cross_sell_revenue,
        repeat_revenue,
        unassigned_refund_amount,
        referral_net_income,
        gross_margin,
        cost_to_serve,
        profit as historic_value,

        -- what is expected
        probability_alive,
        expected_orders_12m,
        expected_order_value,
        predicted_value_12m,
        predicted_value_12m_low,
        predicted_value_12m_high,
        predicted_value_lifetime,

        -- both
        sustained_value,
        {{ value_tier('sustained_value', 'place', 'count_positive') }} as value_tier,
        gross_margin - acquisition_cost + referral_net_income as sustained_value_to_date

    from ranked

)

select * from final

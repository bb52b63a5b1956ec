{%- set prior = var('prediction_margin_prior_occasions') %}

with predictions as (

    {{ predicted('customers') }}

),

fits as (

    {{ predicted('fits') }}

),

months as (

    select * from {{ ref('int_retention__customer_months') }}

),

notices as (

    select * from {{ ref('int_lifecycle__notices') }}

),

-- the one that predicts purchases; that of spend has no rank
live as (

    select max(live_model) as model
    from fits
    where holdout_rank is not null

),

customer_margins as (

    select
        customer_id,
        sum(count_occasions) as occasions,
        sum(sales_amount) as sales_amount,
        sum(net_revenue - cost_of_goods) as margin

    from months

    group by customer_id

),

firm as (

    select
        sum(sales_amount) / nullif(sum(occasions), 0) as occasion_sales,
        sum(margin) / nullif(sum(occasions), 0) as occasion_margin

    from customer_margins

),

-- what of a coming sale is left, after cost and refunds: a customer's own experience, drawn toward the firm's
margin_rates as (

    select
        customer_margins.customer_id,
        cast(
            (customer_margins.margin + {{ prior }} * firm.occasion_margin)
            / nullif(customer_margins.sales_amount + {{ prior }} * firm.occasion_sales, 0) as double precision
        ) as margin_rate

    from customer_margins

    cross join firm

),

gone as (

    select distinct customer_id
    from notices
    where
        in_effect_from <= {{ as_of_date() }}
        and in_effect_until is null

),

-- who has given notice that took effect, and has not ordered since, has left: the models know only the silence
known as (

    select
        predictions.*,
        margin_rates.margin_rate,
        gone.customer_id is not null as has_left,
        case when gone.customer_id is null then 1 else 0 end as remaining

    from predictions

    inner join margin_rates
        on predictions.customer_id = margin_rates.customer_id

    left join gone
        on predictions.customer_id = gone.customer_id

),

margined as (

    select
        customer_id,
        has_left,
        {{ measured('remaining * probability_alive', 6) }} as probability_alive,
        {{ measured('case when has_left then 1 else churn_probability end', 6) }} as churn_probability,
        {{ measured('remaining * expected_orders_12m', 6) }} as expected_orders_12m,
        {{ measured('remaining * expected_orders_lifetime', 6) }} as expected_orders_lifetime,
        {{ measured('expected_order_value * margin_rate', 2) }} as expected_order_value,
        {{ measured('remaining * predicted_value_12m * margin_rate', 2) }} as predicted_value_12m,
        {{ measured('remaining * predicted_value_12m_low * margin_rate', 2) }} as predicted_value_12m_low,
        {{ measured('remaining * predicted_value_12m_high * margin_rate', 2) }} as predicted_value_12m_high,
        {{ measured('remaining * predicted_value_lifetime * margin_rate', 2) }} as predicted_value_lifetime

    from known

),

final as (

    select
        -- ids
        margined.customer_id,
        live.model,

        -- numerics
        margined.probability_alive,
        margined.churn_probability,
        margined.expected_orders_12m,
        margined.expected_orders_lifetime,
        margined.expected_order_value,
        margined.predicted_value_12m,
        -- a margin below 0 turns the ends around
        least(margined.predicted_value_12m_low, margined.predicted_value_12m_high) as predicted_value_12m_low,
        greatest(margined.predicted_value_12m_low, margined.predicted_value_12m_high) as predicted_value_12m_high,
        margined.predicted_value_lifetime,

        -- booleans
        margined.has_left

    from margined

    cross join live

)

select * from final

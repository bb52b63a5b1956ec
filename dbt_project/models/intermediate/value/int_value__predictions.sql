-- Nothing is predicted yet: typed, and empty.
select
    -- ids
    cast(null as {{ dbt.type_string() }}) as customer_id,
    cast(null as {{ dbt.type_string() }}) as model,

    -- numerics
    cast(null as numeric) as probability_alive,
    cast(null as numeric) as churn_probability,
    cast(null as numeric) as expected_orders_12m,
    cast(null as numeric) as expected_orders_lifetime,
    cast(null as numeric) as expected_order_value,
    cast(null as numeric) as predicted_value_12m,
    cast(null as numeric) as predicted_value_12m_low,
    cast(null as numeric) as predicted_value_12m_high,
    cast(null as numeric) as predicted_value_lifetime

where false

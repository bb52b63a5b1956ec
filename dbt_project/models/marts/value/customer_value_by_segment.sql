with values_of_customers as (

    select * from {{ ref('customer_lifetime_value') }}

),

customers as (

    select * from {{ ref('customers') }}

),

final as (

    select
        -- ids
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.channel, 'unknown') as acquisition_channel,
        coalesce(customers.stage, 'unknown') as stage,
        values_of_customers.value_tier,

        -- numerics
        count(*) as customers,
        cast(sum(customers.count_orders) as bigint) as count_orders,
        sum(values_of_customers.direct_revenue) as net_revenue,
        sum(values_of_customers.gross_margin) as gross_margin,
        sum(values_of_customers.cost_to_serve) as cost_to_serve,
        sum(values_of_customers.acquisition_cost) as acquisition_cost,
        sum(values_of_customers.historic_value) as historic_value,
        sum(values_of_customers.predicted_value_12m) as predicted_value_12m,
        -- who was referred is a customer too: with the credit for them, they would be in the sum twice and more
        sum(values_of_customers.sustained_value - values_of_customers.referral_net_income) as own_sustained_value,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from values_of_customers

    inner join customers
        on values_of_customers.customer_id = customers.customer_id

    group by
        coalesce(customers.segment, 'unknown'),
        coalesce(customers.channel, 'unknown'),
        coalesce(customers.stage, 'unknown'),
        values_of_customers.value_tier

)

select * from final

{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with customers as (

    select * from {{ ref('input_layer__customers') }}

    where {{ is_known('known_since') }}

),

customer_months as (

    select * from {{ ref('int_retention__customer_months') }}

),

first_orders as (

    select
        customer_id,
        min(period_start) as first_ordered_in

    from customer_months

    where count_orders > 0

    group by customer_id

),

final as (

    select
        -- ids
        customers.customer_id,
        customers.referred_by_customer_id,

        -- text
        coalesce(customers.acquisition_channel, 'unknown') as channel,

        -- dates
        {{ period_start('customers.known_since', 'month') }} as known_in,
        first_orders.first_ordered_in

    from customers

    left join first_orders
        on customers.customer_id = first_orders.customer_id

)

select * from final

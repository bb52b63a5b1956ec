-- What satisfaction is held against is the profit that customers have brought, and no other.
with quarters as (

    select
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(profit), 0) as profit

    from {{ ref('int_satisfaction__customer_quarters') }}

),

customers as (

    select
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(profit), 0) as profit

    from {{ ref('customer_profitability') }}

)

select
    quarters.profit,
    customers.profit as profit_of_customers,
    quarters.net_revenue,
    customers.net_revenue as net_revenue_of_customers

from quarters

cross join customers

where
    quarters.profit != customers.profit
    or quarters.net_revenue != customers.net_revenue

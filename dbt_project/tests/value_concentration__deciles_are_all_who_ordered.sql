-- The deciles hold every customer who has ordered, once, with their whole profit.
with deciles as (

    select
        coalesce(sum(customers), 0) as customers,
        coalesce(sum(profit), 0) as profit

    from {{ ref('value_concentration') }}

),

profits as (

    select
        count(*) as customers,
        coalesce(sum(profitability.profit), 0) as profit

    from {{ ref('customer_profitability') }} as profitability

    inner join {{ ref('customers') }} as customers
        on profitability.customer_id = customers.customer_id

    where customers.count_orders > 0

)

select *
from deciles
except
select *
from profits

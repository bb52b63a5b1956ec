-- Segments, channels, stages and tiers divide the customers: all are there, once, with their whole value, and nobody's in that of a referrer.
with segments as (

    select
        coalesce(sum(customers), 0) as customers,
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(historic_value), 0) as historic_value,
        coalesce(sum(own_sustained_value), 0) as own_sustained_value

    from {{ ref('customer_value_by_segment') }}

),

customers as (

    select
        count(*) as customers,
        coalesce(sum(direct_revenue), 0) as net_revenue,
        coalesce(sum(historic_value), 0) as historic_value,
        coalesce(sum(sustained_value), 0) - coalesce(sum(referral_net_income), 0) as own_sustained_value

    from {{ ref('customer_lifetime_value') }}

)

select *
from segments
except
select *
from customers

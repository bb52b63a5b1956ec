-- Segments, channels, stages and tiers divide the customers: all are there, once, with their whole value.
with segments as (

    select
        coalesce(sum(customers), 0) as customers,
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(historic_value), 0) as historic_value,
        coalesce(sum(sustained_value), 0) as sustained_value

    from {{ ref('customer_value_by_segment') }}

),

customers as (

    select
        count(*) as customers,
        coalesce(sum(direct_revenue), 0) as net_revenue,
        coalesce(sum(historic_value), 0) as historic_value,
        coalesce(sum(sustained_value), 0) as sustained_value

    from {{ ref('customer_lifetime_value') }}

)

select *
from segments
except
select *
from customers

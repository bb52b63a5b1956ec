-- What channels and bookings cost is what customers bear and what nobody bears; and every customer is won once.
with channels as (

    select
        -- what is booked is known before what channels cost
        coalesce(sum(marketing_cost), 0) + coalesce(sum(booked_acquisition_cost), 0) as cost,
        coalesce(sum(unassigned_marketing_cost), 0) as unassigned,
        coalesce(sum(new_customers), 0) as new_customers

    from {{ ref('acquisition_efficiency') }}

),

firm as (

    select
        max(case when holder = 'firm' then acquisition_cost end) as cost,
        max(case when holder = 'customers' then acquisition_cost end) as borne

    from {{ ref('profit_totals') }}

),

customers as (

    select count(*) as customers

    from {{ ref('customers') }}

    where count_orders > 0

),

compared as (

    select
        channels.cost,
        channels.unassigned,
        channels.new_customers,
        firm.cost as cost_of_firm,
        firm.borne,
        customers.customers

    from channels

    cross join firm

    cross join customers

)

select * from compared
where
    cost != cost_of_firm
    or cost != borne + unassigned
    or new_customers != customers

-- What customers and guests took in is what the firm took in, and the orders of customers, less refunds that name none, are
-- what customers took in: to the last digit.
with orders as (

    {{ fact('orders') }}

),

refunds as (

    {{ fact('refunds') }}

),

ordered as (

    select
        coalesce(sum(gross_revenue - discount_amount), 0) as firm,
        coalesce(sum(case when customer_id is null then gross_revenue - discount_amount else 0 end), 0) as guests,
        coalesce(sum(case when customer_id is not null then net_revenue else 0 end), 0) as orders_of_customers

    from orders

),

given_back as (

    select
        coalesce(sum(refund_amount), 0) as firm,
        coalesce(sum(case when customer_id is null then refund_amount else 0 end), 0) as guests

    from refunds

),

customers as (

    select
        coalesce(sum(net_revenue), 0) as net_revenue,
        coalesce(sum(unassigned_refund_amount), 0) as unassigned_refund_amount

    from {{ ref('customers') }}

),

compared as (

    select
        ordered.firm - given_back.firm as firm,
        ordered.guests - given_back.guests as guests,
        ordered.orders_of_customers,
        customers.net_revenue as customers,
        customers.unassigned_refund_amount

    from ordered

    cross join given_back

    cross join customers

)

select * from compared
where
    firm != customers + guests
    or customers != orders_of_customers - unassigned_refund_amount

-- Month by month, what cohorts took in, less refunds that belong to no cohort, plus what guests took in, is what the firm took
-- in: to the last digit.
with orders as (

    {{ fact('orders') }}

),

refunds as (

    {{ fact('refunds') }}

),

sales as (

    select
        order_month as month,
        sum(gross_revenue - discount_amount) as firm,
        sum(case when customer_id is null then gross_revenue - discount_amount else 0 end) as guests

    from orders

    group by order_month

),

given_back as (

    select
        refund_month as month,
        sum(refund_amount) as firm,
        sum(case when customer_id is null then refund_amount else 0 end) as guests,
        sum(case when customer_id is not null and not is_assigned_to_cohort then refund_amount else 0 end) as unassigned

    from refunds

    group by refund_month

),

cohorts as (

    select
        month,
        sum(net_revenue) as net_revenue

    from {{ ref('cohort_retention') }}

    group by month

),

months as (

    select month from sales
    union
    select month from given_back
    union
    select month from cohorts

),

compared as (

    select
        months.month,
        coalesce(sales.firm, 0) - coalesce(given_back.firm, 0) as firm,
        coalesce(cohorts.net_revenue, 0) as cohorts,
        -coalesce(given_back.unassigned, 0) as unassigned,
        coalesce(sales.guests, 0) - coalesce(given_back.guests, 0) as guests

    from months

    left join sales
        on months.month = sales.month

    left join given_back
        on months.month = given_back.month

    left join cohorts
        on months.month = cohorts.month

)

select * from compared
where firm != cohorts + unassigned + guests

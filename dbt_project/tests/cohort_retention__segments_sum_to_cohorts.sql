-- Segments and channels divide a cohort: in every month its customers are all there, once. And no customer is back more often
-- than there are customers.
with segments as (

    select
        cohort_month,
        months_since_first,
        sum(cohort_customers) as cohort_customers,
        sum(active_customers) as active_customers

    from {{ ref('cohort_retention_by_segment') }}

    group by cohort_month, months_since_first

),

orders as (

    select
        customer_id,
        min(order_month) as cohort_month

    from ({{ fact('orders') }}) as orders

    where customer_id is not null

    group by customer_id

),

sizes as (

    select
        cohort_month,
        count(*) as cohort_customers

    from orders

    group by cohort_month

)

select
    segments.*,
    sizes.cohort_customers as customers_by_orders

from segments

full outer join sizes
    on segments.cohort_month = sizes.cohort_month

where
    sizes.cohort_customers is null
    or segments.cohort_month is null
    or segments.cohort_customers != sizes.cohort_customers
    or segments.active_customers > segments.cohort_customers
    or (segments.months_since_first = 0 and segments.active_customers != segments.cohort_customers)

-- Active customers are among those back in the month or later, these among the cohort; the unbounded count never grows; gross
-- retention never exceeds net retention or 1.
with cohorts as (

    select
        *,
        lag(returned_customers) over (
            partition by cohort_month
            order by months_since_first
        ) as returned_customers_before

    from {{ ref('cohort_retention') }}

)

select *
from cohorts
where
    active_customers > returned_customers
    or returned_customers > cohort_customers
    or returned_customers > returned_customers_before
    or kept_revenue > net_revenue
    or kept_revenue > first_net_revenue
    or (not is_complete and coalesce(retention_rate, unbounded_retention_rate, net_revenue_retention) is not null)

-- Opening + new + recovered + expansion − contraction − churned = closing, in both marts; what closes a month opens the next; and
-- revenue without the excess of refunds is what the cohorts took in.
with months as (

    select
        *,
        lag(closing_revenue, 1, 0) over (order by month) as closing_revenue_before

    from {{ ref('revenue_movements') }}

),

cohorts as (

    select
        month,
        sum(net_revenue) as net_revenue

    from {{ ref('cohort_retention') }}

    group by month

),

movements as (

    select
        months.month,
        months.opening_revenue,
        months.new_revenue,
        months.recovered_revenue,
        months.expansion_revenue,
        months.contraction_revenue,
        months.churned_revenue,
        months.closing_revenue,
        months.opening_revenue = months.closing_revenue_before
        and months.closing_revenue - months.refund_excess = coalesce(cohorts.net_revenue, 0) as is_consistent

    from months

    full outer join cohorts
        on months.month = cohorts.month

    union all

    select
        month,
        opening_revenue,
        new_revenue,
        recovered_revenue,
        expansion_revenue,
        contraction_revenue,
        churned_revenue,
        closing_revenue,
        true as is_consistent

    from {{ ref('revenue_movements_rolling_year') }}

)

select *
from movements
where
    not coalesce(is_consistent, false)
    or opening_revenue + new_revenue + recovered_revenue + expansion_revenue - contraction_revenue - churned_revenue
    != closing_revenue

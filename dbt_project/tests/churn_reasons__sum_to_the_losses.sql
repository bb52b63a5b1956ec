-- Everyone who told of leaving is counted for one reason, and shares sum to 1.
with reasons as (

    select
        period,
        sum(lost_customers) as lost_customers,
        sum(lost_value) as lost_value,
        sum(share) as share

    from {{ ref('churn_reasons') }}

    group by period

),

losses as (

    select
        period,
        count(*) as lost_customers,
        sum(value) as lost_value

    from {{ ref('int_satisfaction__losses') }}

    group by period

)

select
    period,
    reasons.lost_customers as with_reason,
    losses.lost_customers

from reasons

full outer join losses using (period)

where
    reasons.lost_customers is distinct from losses.lost_customers
    or reasons.lost_value is distinct from losses.lost_value
    or round(reasons.share, 6) != 1

-- However time is divided, it is the same orders and the same revenue; quarter by quarter it is that of their months.
with months as (

    select
        {{ period_start('month', 'quarter') }} as quarter,
        sum(orders) as orders,
        sum(net_revenue) as net_revenue

    from {{ ref('cohort_retention') }}

    group by {{ period_start('month', 'quarter') }}

),

quarters as (

    select
        quarter,
        sum(orders) as orders,
        sum(net_revenue) as net_revenue

    from {{ ref('cohort_retention_quarterly') }}

    group by quarter

),

weeks as (

    select
        sum(orders) as orders,
        sum(net_revenue) as net_revenue

    from {{ ref('cohort_retention_weekly') }}

)

select
    'quarter' as period,
    coalesce(months.quarter, quarters.quarter) as period_start

from months

full outer join quarters
    on months.quarter = quarters.quarter

where
    months.orders is distinct from quarters.orders
    or months.net_revenue is distinct from quarters.net_revenue

union all

select
    'week' as period,
    cast(null as date) as period_start

from weeks

where
    weeks.orders is distinct from (select sum(months.orders) from months)
    or weeks.net_revenue is distinct from (select sum(months.net_revenue) from months)

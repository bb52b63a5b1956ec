with segments as (

    select * from {{ ref('cohort_retention_by_segment') }}

),

-- A customer is in one segment and came through one channel, so counts and amounts add up.
counts as (

    select
        cohort_month,
        months_since_first,
        month,
        is_complete,
        cast(sum(cohort_customers) as bigint) as cohort_customers,
        cast(sum(active_customers) as bigint) as active_customers,
        cast(sum(returned_customers) as bigint) as returned_customers,
        cast(sum(orders) as bigint) as orders,
        sum(net_revenue) as net_revenue,
        sum(cumulative_net_revenue) as cumulative_net_revenue,
        sum(refund_amount) as refund_amount,
        sum(first_net_revenue) as first_net_revenue,
        sum(kept_revenue) as kept_revenue

    from segments

    group by cohort_month, months_since_first, month, is_complete

),

final as (

    select
        -- cohort
        cohort_month,
        months_since_first,
        month,

        {{ cohort_measures() }}

    from counts

)

select * from final

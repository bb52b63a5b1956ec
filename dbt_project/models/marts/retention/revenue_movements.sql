{{ config(pre_hook="{{ by_few_groups() }}") }}

with months as (

    select
        customer_id,
        period_start as month,
        net_revenue,
        {{ later_period('period_start', 1, 'month') }} as next_month,
        min(period_start) over by_month as first_month,
        lag(period_start) over by_month as month_before,
        lag(net_revenue) over by_month as net_revenue_before,
        lead(period_start) over by_month as month_after

    from {{ ref('int_retention__customer_months') }}

    window by_month as (partition by customer_id order by period_start)

),

-- of each month of a customer the movement into it, and that out of it where the next month is idle
revenues as (

    select
        case when moves.is_out then months.next_month else months.month end as month,
        case
            when moves.is_out then months.net_revenue
            when {{ later_period('months.month_before', 1, 'month') }} = months.month then months.net_revenue_before
            else 0
        end as earlier,
        case when moves.is_out then 0 else months.net_revenue end as later,
        not moves.is_out and months.month = months.first_month as is_new

    from months

    cross join (values (false), (true)) as moves (is_out)

    where
        not moves.is_out
        or (
            months.month_after is distinct from months.next_month
            and months.next_month <= {{ as_of_date() }}
        )

),

final as (

    {{ revenue_movements('revenues', months_needed=1) }}

)

select * from final

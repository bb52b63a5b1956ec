{{ config(pre_hook="{{ by_few_groups() }}") }}

{%- set year = 12 -%}
{%- set two_years = 2 * year -%}

with months as (

    select
        customer_id,
        net_revenue,
        min(period_start) over by_month as first_month,
        {{ periods_between('min(period_start) over by_month', 'period_start', 'month') }} as month_number,
        {{ periods_between('period_start', 'lead(period_start) over by_month', 'month') }} as months_to_next,
        {{ periods_between('period_start', period_start(as_of_date(), 'month'), 'month') }} as months_to_last

    from {{ ref('int_retention__customer_months') }}

    window by_month as (partition by customer_id order by period_start)

),

-- idle months too, until all revenue has left the earlier year: a month lies as many rows below another as it is later
all_months as (

    select
        months.customer_id,
        months.first_month,
        months.month_number + idle.months as month_number,
        case when idle.months = 0 then months.net_revenue else 0 end as net_revenue

    from months

    cross join lateral (
        select generate_series(
            0, coalesce(months.months_to_next - 1, least(months.months_to_last, {{ two_years - 1 }}))
        ) as months
    ) as idle

),

so_far as (

    select
        *,
        sum(net_revenue) over (
            partition by customer_id
            order by month_number
            rows between unbounded preceding and current row
        ) as revenue

    from all_months

),

moved as (

    select
        first_month,
        month_number,
        revenue,
        coalesce(lag(revenue, {{ year }}) over by_month, 0) as revenue_a_year_before,
        coalesce(lag(revenue, {{ two_years }}) over by_month, 0) as revenue_two_years_before

    from so_far

    window by_month as (partition by customer_id order by month_number)

),

revenues as (

    select
        {{ later_period('first_month', 'month_number', 'month') }} as month,
        revenue_a_year_before - revenue_two_years_before as earlier,
        revenue - revenue_a_year_before as later,
        month_number < {{ year }} as is_new

    from moved

),

final as (

    {{ revenue_movements('revenues', months_needed=two_years - 1) }}

)

select * from final

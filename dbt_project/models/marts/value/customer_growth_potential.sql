{#- measure → whether more of it is better, and what it is called as a reason -#}
{%- set parts = {
    'order_frequency': ('asc', 'orders_often'),
    'spend_growth': ('asc', 'spends_more'),
    'categories': ('asc', 'buys_widely'),
    'wallet_share': ('asc', 'spends_mostly_here'),
    'referrals': ('asc', 'refers_others'),
    'cost_to_serve_rate': ('desc', 'costs_little_to_serve'),
} -%}
{%- set weights = var('growth_potential_weights') -%}

with customers as (

    select * from {{ ref('int_value__customers') }}

    where first_ordered_in is not null

),

customer_months as (

    select * from {{ ref('int_retention__customer_months') }}

),

categories as (

    select * from {{ ref('int_value__categories') }}

),

opinions as (

    select * from {{ ref('int_satisfaction__opinions') }}

),

referrers as (

    select * from {{ ref('int_value__referrers') }}

),

-- growth compares the last 12 months that have ended with the 12 before them
bounds as (

    select
        {{ later_period(period_start(as_of_date(), 'month'), -11, 'month') }} as counted_from,
        {{ later_period('ends_before', -12, 'month') }} as later_from,
        {{ later_period('ends_before', -24, 'month') }} as earlier_from,
        ends_before

    from (select {{ first_incomplete_period('month') }} as ends_before) as ended

),

dated as (

    select
        customer_months.customer_id,
        customer_months.count_occasions,
        customer_months.net_revenue,
        customer_months.period_start >= bounds.counted_from as is_counted,
        customer_months.period_start < bounds.later_from as is_earlier,
        customer_months.period_start >= bounds.later_from
        and customer_months.period_start < bounds.ends_before as is_later

    from customer_months

    inner join bounds
        on customer_months.period_start >= bounds.earlier_from

),

spending as (

    select
        customer_id,
        sum(case when is_counted then count_occasions else 0 end) as order_frequency,
        greatest(0, sum(case when is_later then net_revenue else 0 end)) as later_revenue,
        greatest(0, sum(case when is_earlier then net_revenue else 0 end)) as earlier_revenue

    from dated

    group by customer_id

),

measured as (

    select
        customers.customer_id,
        coalesce(spending.order_frequency, 0) as order_frequency,
        -- whoever came within the earlier 12 months has no full year to grow from
        case
            when customers.first_ordered_in < bounds.earlier_from
                then {{ ratio(
                    'spending.later_revenue - spending.earlier_revenue',
                    '(spending.later_revenue + spending.earlier_revenue)'
                ) }}
        end as spend_growth,
        coalesce(categories.categories, 0) as categories,
        opinions.wallet_share,
        coalesce(referrers.direct_referrals, 0) as referrals,
        case
            when customers.net_revenue > 0 then {{ ratio('customers.cost_to_serve', 'customers.net_revenue') }}
        end as cost_to_serve_rate

    from customers

    cross join bounds

    left join spending
        on customers.customer_id = spending.customer_id

    left join categories
        on customers.customer_id = categories.customer_id

    left join opinions
        on customers.customer_id = opinions.customer_id

    left join referrers
        on customers.customer_id = referrers.customer_id

),

-- the share of those of whom it is known that lie below
ranked as (

    select
        {%- for part, (direction, reason) in parts.items() %}
        case
            when {{ part }} is not null
                then percent_rank() over (
                    partition by {{ part }} is null
                    order by {{ part }} {{ direction }}
                )
        end as {{ part }}_rank,
        {%- endfor %}
        *

    from measured

),

weighed as (

    select
        *,
        {%- for part in parts %}
        {{ '+ ' if not loop.first }}coalesce({{ weights[part] }} * {{ part }}_rank, 0)
        {%- endfor %} as weighed_ranks,
        {%- for part in parts %}
        {{ '+ ' if not loop.first }}case when {{ part }}_rank is null then 0 else {{ weights[part] }} end
        {%- endfor %} as known_weights

    from ranked

),

final as (

    select
        -- ids
        customer_id,
        {{ as_of_date() }} as as_of_date,

        -- numerics
        cast(order_frequency as bigint) as order_frequency,
        spend_growth,
        categories,
        wallet_share,
        referrals,
        cost_to_serve_rate,
        {{ rounded('cast(100 * weighed_ranks / nullif(known_weights, 0) as numeric)', 1) }} as potential_score,

        -- text
        concat_ws(
            ', ',
            {%- for part, (direction, reason) in parts.items() %}
            case when {{ part }}_rank >= {{ var('growth_potential_reason_rank') }} then '{{ reason }}' end
            {{- ',' if not loop.last }}
            {%- endfor %}
        ) as reasons

    from weighed

)

select * from final

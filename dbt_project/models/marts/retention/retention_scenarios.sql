{%- set asked = var('retention_scenarios') -%}

with customer_months as (

    select * from {{ ref('int_value__customer_months') }}

),

activity_pools as (

    select * from {{ ref('int_value__activity_pools') }}

),

booked_costs as (

    select * from {{ ref('int_value__booked_costs') }}

),

channel_costs as (

    select * from {{ ref('int_value__channel_costs') }}

),

-- costs of a month are told after it: of each kind that is told at all, up to which month they are known
told as (

    select max(month) as last_month from activity_pools
    union all
    select max(month) as last_month from channel_costs

),

-- the last month that has ended and whose costs are known; LEAST passes over the NULL of who never tells any
ended as (

    select
        least(
            {{ later_period(first_incomplete_period('month'), -1, 'month') }},
            min(last_month)
        ) as last_month

    from told

),

-- the 12 months that end with it, and the 12 before them
bounds as (

    select
        {{ later_period('last_month', -11, 'month') }} as began_on,
        {{ later_period('last_month', -23, 'month') }} as before_began_on,
        {{ later_period('last_month', 1, 'month') }} as ends_before,
        last_month

    from ended

),

customer_years as (

    select
        customer_months.customer_id,
        coalesce(
            sum(case when customer_months.month < bounds.began_on then customer_months.count_orders end), 0
        ) > 0 as ordered_before,
        coalesce(
            sum(case when customer_months.month >= bounds.began_on then customer_months.count_orders end), 0
        ) > 0 as has_ordered,
        {%- for amount in ['net_revenue', 'cost_of_goods', 'retention_cost', 'service_cost'] %}
        coalesce(
            sum(case when customer_months.month >= bounds.began_on then customer_months.{{ amount }} end), 0
        ) as {{ amount }},
        {%- endfor %}
        min(customer_months.month) as first_month

    from customer_months

    inner join bounds
        on
            customer_months.month >= bounds.before_began_on
            and customer_months.month < bounds.ends_before

    group by customer_months.customer_id

),

base as (

    select
        count(case when ordered_before then 1 end) as opening,
        count(case when ordered_before and has_ordered then 1 end) as kept,
        count(case when has_ordered and not ordered_before then 1 end) as won,
        {%- for amount, sum in {'net_revenue': 'net_revenue', 'gross_margin': 'net_revenue - cost_of_goods'}.items() %}
        coalesce(sum(case when has_ordered and ordered_before then {{ sum }} end), 0) as kept_{{ amount }},
        coalesce(sum(case when has_ordered and not ordered_before then {{ sum }} end), 0) as won_{{ amount }},
        -- of those who did not order: refunds, mostly
        coalesce(sum(case when not has_ordered then {{ sum }} end), 0) as other_{{ amount }},
        {%- endfor %}
        coalesce(sum(retention_cost), 0) as retention_cost,
        coalesce(sum(service_cost), 0) as service_cost

    from customer_years

),

activity_expense as (

    select
        coalesce(sum(case when activity_group = 'marketing' then pool end), 0) as marketing,
        coalesce(sum(case when activity_group = 'marketing' then 0 else pool end), 0) as other

    from activity_pools

    inner join bounds
        on
            activity_pools.month >= bounds.began_on
            and activity_pools.month < bounds.ends_before

),

acquisition_expense as (

    select coalesce(sum(spent.amount), 0) as amount

    from (
        select month, marketing_cost as amount from channel_costs
        union all
        select month, acquisition_cost as amount from booked_costs
    ) as spent

    inner join bounds
        on
            spent.month >= bounds.began_on
            and spent.month < bounds.ends_before

),

-- without a base there is no rate of today, nor one above it: LEAST and GREATEST would pass over NULL
scenarios as (

    select
        'today' as scenario,
        {{ ratio('kept', 'opening') }} as retention_rate
    from base
    {%- for points in asked['points_above_today'] %}

    union all

    select
        'today_plus_{{ points }}_points' as scenario,
        case when opening > 0 then least(1, {{ ratio('kept', 'opening') }} + {{ points }} / 100.0) end as retention_rate
    from base
    {%- endfor %}
    {%- for rate in asked['rates'] %}

    union all

    select
        concat('rate_', {{ rounded('100 * ' ~ rate, 1) }}, '_percent') as scenario,
        {{ rate }} as retention_rate
    {%- endfor %}

),

-- the base stays as large as it is: of whoever is kept, nobody need be won
counted as (

    select
        scenarios.scenario,
        scenarios.retention_rate,
        base.*,
        retained.customers as retained_customers,
        base.opening - retained.customers as lost_customers,
        case when base.opening > 0 then greatest(0, base.won - (retained.customers - base.kept)) end as won_customers

    from scenarios

    cross join base

    cross join lateral (
        select
            case
                when base.opening = 0 then null
                when scenarios.scenario = 'today' then base.kept
                else scenarios.retention_rate * base.opening
            end as customers
    ) as retained

),

-- what a customer of a kind brings and costs today, they bring and cost in every scenario
scaled as (

    select
        counted.*,
        {%- for amount in ['net_revenue', 'gross_margin'] %}
        {{ at_todays_rate('kept_' ~ amount, 'retained_customers', 'kept') }}
        + {{ at_todays_rate('won_' ~ amount, 'won_customers', 'won') }}
        + other_{{ amount }} as {{ amount }},
        {%- endfor %}
        {{ at_todays_rate('acquisition_expense.amount', 'won_customers', 'won') }} as acquisition_expense,
        {{ at_todays_rate('(retention_cost + activity_expense.marketing)', 'retained_customers', 'kept') }}
            as retention_expense,
        case when opening > 0 then service_cost + activity_expense.other end as overhead

    from counted

    cross join acquisition_expense

    cross join activity_expense

),

earned as (

    select
        *,
        acquisition_expense + retention_expense as marketing_expense,
        gross_margin - acquisition_expense - retention_expense as net_marketing_contribution,
        gross_margin - acquisition_expense - retention_expense - overhead as net_profit

    from scaled

),

today as (

    select net_profit as net_profit_today

    from earned

    where scenario = 'today'

),

compared as (

    select
        earned.*,
        today.net_profit_today,
        bounds.last_month

    from earned

    cross join today

    cross join bounds

),

final as (

    select
        -- ids
        scenario,
        {{ as_of_date() }} as as_of_date,

        -- numerics
        {{ rounded('retention_rate', 10) }} as retention_rate,
        {%- for amount in ['retained_customers', 'lost_customers', 'won_customers', 'net_revenue', 'gross_margin',
            'acquisition_expense', 'retention_expense', 'marketing_expense', 'net_marketing_contribution', 'overhead',
            'net_profit'] %}
        {{ rounded(amount, 4) }} as {{ amount }},
        {%- endfor %}
        -- of refunds that exceed sales there is no rate, nor against a loss
        case when net_revenue > 0 then {{ ratio('net_profit', 'net_revenue') }} end as net_margin_rate,
        case
            when net_profit_today > 0 then {{ ratio('net_profit - net_profit_today', 'net_profit_today') }}
        end as profit_uplift_rate,

        -- dates
        last_month

    from compared

)

select * from final

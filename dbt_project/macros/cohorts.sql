{#- Cohort retention (docs: cohorts), written once for weeks, months and quarters.

    `cohort_counts` makes counts and amounts, which add up over dimensions; `cohort_measures` divides them. In between they
    may be summed. `activity` is a relation made by `customer_periods(period)`; `dimensions` names columns of `customers`,
    a relation with one row per customer; what is NULL there is `unknown` here. -#}

{#- SELECT with one row per cohort, period since the first one, and dimensions; zeros included. -#}
{% macro cohort_counts(activity, period, customers=none, dimensions=[]) %}
    {%- set cohort = 'cohort_' ~ period -%}
    {%- set age = period ~ 's_since_first' -%}
    {%- set by_cohort = [cohort] + dimensions -%}

    with activity as (

        select
            customer_id,
            period_start,
            count_orders,
            net_revenue,
            refund_amount,
            first_value(period_start) over by_period as {{ cohort }},
            max(case when count_orders > 0 then period_start end) over by_period as last_active_period,
            first_value(net_revenue) over by_period as first_net_revenue

        from {{ activity }}

        window by_period as (
            partition by customer_id
            order by period_start
            rows between unbounded preceding and unbounded following
        )

    ),

    placed as (

        select
            activity.*
            {%- for dimension in dimensions %},
            coalesce(customers.{{ dimension }}, 'unknown') as {{ dimension }}
            {%- endfor %}

        from activity
        {%- if dimensions %}

        left join {{ customers }} as customers
            on activity.customer_id = customers.customer_id
        {%- endif %}

    ),

    -- the one pass over all customers: all the rest is made of cohorts
    active as (

        select
            {{ by_cohort | join(', ') }},
            period_start,
            count(*) as customers,
            count(case when count_orders > 0 then 1 end) as active_customers,
            count(case when period_start = last_active_period then 1 end) as last_active_customers,
            sum(count_orders) as orders,
            sum(net_revenue) as net_revenue,
            sum(refund_amount) as refund_amount,
            sum(least(0, net_revenue)) as least_revenue,
            -- a customer who has no row has kept least(0, first); here is what the others keep beyond that
            sum(least(net_revenue, first_net_revenue) - least(0, first_net_revenue)) as kept_revenue

        from placed

        group by {{ by_cohort | join(', ') }}, period_start

    ),

    -- a cohort is who has a row in its first period
    cohorts as (

        select
            {{ by_cohort | join(', ') }},
            customers as cohort_customers,
            net_revenue as first_net_revenue,
            least_revenue as least_kept_revenue

        from active

        where period_start = {{ cohort }}

    ),

    periods as (

        {{ period_series('(select min(' ~ cohort ~ ') from cohorts)', period_start(as_of_date(), period), period) }}

    ),

    grid as (

        select
            cohorts.*,
            periods.period_start

        from cohorts

        inner join periods
            on periods.period_start >= cohorts.{{ cohort }}

    )

    select
        {% for column in by_cohort -%}
        grid.{{ column }},
        {% endfor -%}
        {{ periods_between('grid.' ~ cohort, 'grid.period_start', period) }} as {{ age }},
        grid.period_start as {{ period }},
        grid.cohort_customers,
        coalesce(active.active_customers, 0) as active_customers,
        cast(coalesce(sum(active.last_active_customers) over later_periods, 0) as bigint) as returned_customers,
        cast(coalesce(active.orders, 0) as bigint) as orders,
        coalesce(active.net_revenue, 0) as net_revenue,
        coalesce(sum(active.net_revenue) over earlier_periods, 0) as cumulative_net_revenue,
        coalesce(active.refund_amount, 0) as refund_amount,
        grid.first_net_revenue,
        grid.least_kept_revenue + coalesce(active.kept_revenue, 0) as kept_revenue,
        {{ is_period_complete('grid.period_start', period) }} as is_complete

    from grid

    left join active
        on
            grid.period_start = active.period_start
            {%- for column in by_cohort %}
            and grid.{{ column }} = active.{{ column }}
            {%- endfor %}

    window
        earlier_periods as (
            partition by {% for column in by_cohort %}grid.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
            order by grid.period_start
            rows between unbounded preceding and current row
        ),
        later_periods as (
            partition by {% for column in by_cohort %}grid.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
            order by grid.period_start
            rows between current row and unbounded following
        )
{% endmacro %}

{#- Columns: all that a cohort's row counts, and the rates of it, NULL while its period is incomplete or there is nothing to
    divide by; at last the day as of which all that holds. -#}
{% macro cohort_measures() -%}
    -- counts
        cohort_customers,
        active_customers,
        returned_customers,
        orders,

        -- amounts
        net_revenue,
        cumulative_net_revenue,
        refund_amount,
        first_net_revenue,
        kept_revenue,

        -- booleans
        is_complete,

        -- rates
        {{ cohort_rate('active_customers', 'cohort_customers') }} as retention_rate,
        {{ cohort_rate('returned_customers', 'cohort_customers') }} as unbounded_retention_rate,
        {{ cohort_rate('kept_revenue', 'first_net_revenue') }} as gross_revenue_retention,
        {{ cohort_rate('net_revenue', 'first_net_revenue') }} as net_revenue_retention,

        -- timestamps
        {{ as_of_date() }} as as_of_date
{%- endmacro %}

{% macro cohort_rate(part, whole) -%}
    case when is_complete and {{ whole }} > 0 then {{ ratio(part, whole) }} end
{%- endmacro %}

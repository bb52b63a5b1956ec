{#- SELECT with one row per month: movements of the firm's revenue from each customer's period before to the one that ends with
    the month. `revenues` is a relation with a row per customer and month, which may be missing where both periods are empty: month,
    earlier and later, the net revenue of the two periods, and whether the customer is new, that is, ordered first in the
    later one. Less than nothing counts as nothing, and what is missing to it as refund excess.

    Rates begin `months_needed` months after the first one: when the history covers the earlier period. -#}
{% macro revenue_movements(revenues, months_needed) %}
    with bounded as (

        select
            month,
            is_new,
            greatest(0, earlier) as earlier,
            greatest(0, later) as later,
            greatest(0, later) - later as refund_excess

        from {{ revenues }}

    ),

    named as (

        select
            *,
            case
                when is_new then 'new'
                when later = 0 then 'churned'
                when earlier = 0 then 'recovered'
                when later > earlier then 'expansion'
                when later < earlier then 'contraction'
                else 'none'
            end as movement

        from bounded

    ),

    -- the one pass over all customers: all the rest is made of months and movements
    summed as (

        select
            month,
            movement,
            sum(earlier) as earlier,
            sum(later) as later,
            sum(refund_excess) as refund_excess

        from named

        group by month, movement

    ),

    moved as (

        select
            month,
            sum(earlier) as opening_revenue,
            sum(case when movement = 'new' then later - earlier else 0 end) as new_revenue,
            sum(case when movement = 'recovered' then later else 0 end) as recovered_revenue,
            sum(case when movement = 'expansion' then later - earlier else 0 end) as expansion_revenue,
            sum(case when movement = 'contraction' then earlier - later else 0 end) as contraction_revenue,
            sum(case when movement = 'churned' then earlier else 0 end) as churned_revenue,
            sum(refund_excess) as refund_excess,
            sum(later) as closing_revenue

        from summed

        group by month

    ),

    periods as (

        {{ period_series('(select min(month) from moved)', period_start(as_of_date(), 'month'), 'month') }}

    ),

    totals as (

        select
            periods.period_start as month,
            {%- for amount in [
                'opening_revenue', 'new_revenue', 'recovered_revenue', 'expansion_revenue', 'contraction_revenue',
                'churned_revenue', 'refund_excess', 'closing_revenue',
            ] %}
            coalesce(moved.{{ amount }}, 0) as {{ amount }},
            {%- endfor %}
            {{ is_period_complete('periods.period_start', 'month') }} as is_complete,
            periods.period_start >= {{ later_period('min(periods.period_start) over ()', months_needed, 'month') }}
                as is_comparable

        from periods

        left join moved
            on periods.period_start = moved.month

    )

    select
        -- ids
        month,

        -- amounts
        opening_revenue,
        new_revenue,
        recovered_revenue,
        expansion_revenue,
        contraction_revenue,
        churned_revenue,
        closing_revenue,
        refund_excess,

        -- booleans
        is_complete,

        -- rates
        {%- for rate, kept in {
            'gross_revenue_retention': 'opening_revenue - contraction_revenue - churned_revenue',
            'net_revenue_retention': 'opening_revenue - contraction_revenue - churned_revenue + expansion_revenue',
        }.items() %}
        case when is_complete and is_comparable then {{ ratio(kept, 'opening_revenue') }} end as {{ rate }},
        {%- endfor %}

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from totals
{% endmacro %}

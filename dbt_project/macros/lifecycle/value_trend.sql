{#- SELECT of the value trend from a relation of windows, as int_lifecycle__value_windows; `besides` names more columns of it. -#}
{% macro value_trends(windows, besides=[]) %}
    with windows as (

        select * from {{ windows }}

    ),

    -- of all counts at once, to be found by its place
    order_floors as (

        select
            array_agg(earlier_orders order by earlier_orders) as counts,
            array_agg(least_orders order by earlier_orders) as floors

        from {{ ref('int_lifecycle__order_floors') }}

    ),

    measured as (

        select
            windows.*,
            case
                when windows.earlier_orders > 0
                    then order_floors.floors[{{ count_up_to('windows.earlier_orders', 'order_floors.counts') }}]
            end as least_orders,
            case
                when later_revenue > 0 and earlier_revenue > 0
                    then {{ ratio('later_revenue - earlier_revenue', 'later_revenue + earlier_revenue') }}
                when later_revenue > 0 then 1
                when earlier_revenue > 0 then -1
                else 0
            end as value_trend

        from windows

        cross join order_floors

    )

    select
        -- ids
        customer_id,
        evaluated_on,

        -- text
        case
            when value_trend > {{ var('lifecycle_value_threshold') }} then 'growing'
            when value_trend < -1 * {{ var('lifecycle_value_threshold') }} then 'falling'
            else 'level'
        end as value_direction,

        -- numerics
        window_days,
        later_revenue,
        earlier_revenue,
        later_orders,
        earlier_orders,
        value_trend,

        -- booleans
        {%- for column in besides %}
        {{ column }},
        {%- endfor %}
        -- stable buyers fluctuate: fewer orders, too, than chance explains
        value_trend < -1 * {{ var('lifecycle_value_threshold') }}
        and coalesce(later_orders < least_orders, false) as is_value_falling

    from measured
{% endmacro %}

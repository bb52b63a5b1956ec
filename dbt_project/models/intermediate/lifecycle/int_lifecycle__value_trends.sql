with value_windows as (

    select * from {{ ref('int_lifecycle__value_windows') }}

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
        value_windows.*,
        case
            when value_windows.earlier_orders > 0
                then order_floors.floors[{{ count_up_to('value_windows.earlier_orders', 'order_floors.counts') }}]
        end as least_orders,
        case
            when later_revenue > 0 and earlier_revenue > 0
                then {{ ratio('later_revenue - earlier_revenue', 'later_revenue + earlier_revenue') }}
            when later_revenue > 0 then 1
            when earlier_revenue > 0 then -1
            else 0
        end as value_trend

    from value_windows

    cross join order_floors

),

final as (

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
        -- stable buyers fluctuate: fewer orders, too, than chance explains
        value_trend < -1 * {{ var('lifecycle_value_threshold') }}
        and coalesce(later_orders < least_orders, false) as is_value_falling,
        is_newly_known

    from measured

)

select * from final
-- as they lie: says so to the step that compares each with the one before
order by customer_id, evaluated_on

with value_windows as (

    select * from {{ ref('int_lifecycle__value_windows') }}

),

order_floors as (

    select * from {{ ref('int_lifecycle__order_floors') }}

),

measured as (

    select
        value_windows.*,
        order_floors.least_orders,
        case
            when later_revenue > 0 and earlier_revenue > 0
                then {{ ratio('later_revenue - earlier_revenue', 'later_revenue + earlier_revenue') }}
            when later_revenue > 0 then 1
            when earlier_revenue > 0 then -1
            else 0
        end as value_trend

    from value_windows

    left join order_floors
        on value_windows.earlier_orders = order_floors.earlier_orders

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
        and coalesce(later_orders < least_orders, false) as is_value_falling

    from measured

)

select * from final

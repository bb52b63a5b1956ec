{{ config(
    materialized='table', unlogged=true,
    post_hook=["create index on {{ this }} (customer_id, evaluated_on)", "{{ gather_statistics(this) }}"]
) }}

with rhythms as (

    select * from {{ ref('int_lifecycle__rhythms') }}

),

-- from an occasion to the next the windows are equally long; beyond the danger limit silence speaks for itself
stretches as (

    select
        customer_id,
        window_days,
        greatest(occasion_on, trend_known_on) as from_on,
        least(next_occasion_on, danger_on, {{ as_of_date() }} + 1) as until_on

    from rhythms

),

-- int_lifecycle__value_days is read where it is used: a CTE used more than once would hide its index.
-- The trend changes only on a day on which something enters the later window, moves into the earlier, or leaves it.
changes as (

    select
        customer_id,
        window_days,
        from_on as evaluated_on

    from stretches

    where from_on < until_on

    union

    select
        stretches.customer_id,
        stretches.window_days,
        value_days.value_on + ages.windows * stretches.window_days as evaluated_on

    from stretches

    cross join (values (0), (1), (2)) as ages (windows)

    inner join lateral (
        select value_days.value_on
        from (select * from {{ ref('int_lifecycle__value_days') }}) as value_days
        where
            value_days.customer_id = stretches.customer_id
            and value_days.value_on > stretches.from_on - ages.windows * stretches.window_days
            and value_days.value_on < stretches.until_on - ages.windows * stretches.window_days
    ) as value_days on true

    where stretches.from_on < stretches.until_on

    union

    -- as evidence also of the silent, on the as-of date
    select
        customer_id,
        window_days,
        {{ as_of_date() }} as evaluated_on

    from rhythms

    where
        next_occasion_on is null
        and trend_known_on <= {{ as_of_date() }}

),

final as (

    select
        -- ids
        changes.customer_id,
        changes.evaluated_on,

        -- numerics
        changes.window_days,
        coalesce(so_far.revenue_so_far, 0) - coalesce(one_window_ago.revenue_so_far, 0) as later_revenue,
        coalesce(one_window_ago.revenue_so_far, 0) - coalesce(two_windows_ago.revenue_so_far, 0) as earlier_revenue,
        coalesce(so_far.orders_so_far, 0) - coalesce(one_window_ago.orders_so_far, 0) as later_orders,
        coalesce(one_window_ago.orders_so_far, 0) - coalesce(two_windows_ago.orders_so_far, 0) as earlier_orders

    from changes

    {{ join_value_days('so_far', 0) }}

    {{ join_value_days('one_window_ago', 1) }}

    {{ join_value_days('two_windows_ago', 2) }}

)

select * from final

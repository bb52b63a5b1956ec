{{ config(
    materialized='table', unlogged=true,
    pre_hook="{{ by_large_sort() }}",
    indexes=[{'columns': ['customer_id', 'evaluated_on'], 'unique': true}],
    post_hook="{{ gather_statistics(this) }}"
) }}

-- Also days to come, should nothing happen meanwhile: so the windows are the same as of any day.

with rhythms as (

    select * from {{ ref('int_lifecycle__rhythms') }}

    where {{ of_retold_fetched() }}

),

so_far as (

    select
        customer_id,
        day,
        sum(sales_amount - refund_amount) over by_day as revenue,
        cast(sum(count_orders) over by_day as integer) as orders

    from {{ ref('int_retention__customer_days') }}

    where {{ of_retold_fetched() }}

    window by_day as (partition by customer_id order by day rows between unbounded preceding and current row)

),

-- of each customer all days at once, so that a total is found by its place instead of by a look into an index
histories as (

    select
        customer_id,
        array_agg(day order by day) as days,
        array_agg(revenue order by day) as revenues,
        array_agg(orders order by day) as orders

    from so_far

    group by customer_id

),

-- from an occasion to the next the windows are equally long; beyond the danger limit silence speaks for itself
stretches as (

    select
        customer_id,
        window_days,
        greatest(occasion_on, trend_known_on) as from_on,
        least(next_occasion_on, danger_on) as until_on,
        trend_known_on > occasion_on as begins_unknown

    from rhythms

    where trend_known_on < least(next_occasion_on, danger_on)

),

-- The trend changes only on a day on which something enters the later window, moves into the earlier, or leaves it.
evaluated as (

    select
        stretches.customer_id,
        stretches.window_days,
        changes.evaluated_on,
        stretches.begins_unknown and changes.evaluated_on = stretches.from_on as is_newly_known,
        histories.revenues,
        histories.orders,
        {{ count_up_to('changes.evaluated_on', 'histories.days') }} as place_0,
        {{ count_up_to('changes.evaluated_on - stretches.window_days', 'histories.days') }} as place_1,
        {{ count_up_to('changes.evaluated_on - 2 * stretches.window_days', 'histories.days') }} as place_2

    from stretches

    inner join histories
        on stretches.customer_id = histories.customer_id

    cross join lateral (
        select stretches.from_on as evaluated_on

        union all

        select histories.days[moved.place] + ages.windows * stretches.window_days as evaluated_on
        from (values (0), (1), (2)) as ages (windows)
        inner join lateral (
            select generate_series(
                {{ count_up_to('stretches.from_on - ages.windows * stretches.window_days', 'histories.days') }} + 1,
                {{ count_up_to('stretches.until_on - 1 - ages.windows * stretches.window_days', 'histories.days') }}
            ) as place
        ) as moved on true
    ) as changes

),

totals as (

    select distinct on (customer_id, evaluated_on)
        customer_id,
        evaluated_on,
        window_days,
        is_newly_known,
        coalesce(revenues[place_0], 0) as revenue_0,
        coalesce(revenues[place_1], 0) as revenue_1,
        coalesce(revenues[place_2], 0) as revenue_2,
        coalesce(orders[place_0], 0) as orders_0,
        coalesce(orders[place_1], 0) as orders_1,
        coalesce(orders[place_2], 0) as orders_2

    from evaluated

    -- later steps read the windows in this order, by their index
    order by customer_id, evaluated_on

),

final as (

    select
        -- ids
        customer_id,
        evaluated_on,

        -- numerics
        window_days,
        revenue_0 - revenue_1 as later_revenue,
        revenue_1 - revenue_2 as earlier_revenue,
        orders_0 - orders_1 as later_orders,
        orders_1 - orders_2 as earlier_orders,

        -- booleans
        is_newly_known

    from totals

)

select * from final

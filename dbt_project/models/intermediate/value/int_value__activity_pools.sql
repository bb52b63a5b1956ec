{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

{%- set drivers = activity_drivers() -%}
{%- set columns = [
    'month', 'activity', 'activity_group', 'driver', 'pool', 'total_quantity', 'customers_quantity', 'driver_rate', 'charged',
    'is_value_adding', 'is_fixed', 'is_complete',
] %}

with pools as (

    select * from {{ ref('int_value__pools') }}

    where {{ of_touched_month() }}

),

drivers as (

    select * from {{ ref('int_value__drivers') }}

),

month_totals as (

    select
        {%- for driver in drivers %}
        cast(sum({{ driver }}) as bigint) as {{ driver }},
        cast(coalesce(sum(case when customer_id is not null then {{ driver }} end), 0) as bigint)
            as {{ driver }}_of_customers,
        {%- endfor %}
        month

    from drivers

    group by month

),

driver_totals as (

    {%- for driver in drivers %}
    select
        month,
        '{{ driver }}' as driver,
        {{ driver }} as total_quantity,
        {{ driver }}_of_customers as customers_quantity
    from month_totals
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

),

charged as (

    select
        -- ids
        pools.month,
        pools.activity,

        -- text
        pools.activity_group,
        pools.driver,

        -- numerics
        pools.pool,
        coalesce(driver_totals.total_quantity, 0) as total_quantity,
        coalesce(driver_totals.customers_quantity, 0) as customers_quantity,
        case when pools.is_complete then {{ ratio('pools.pool', 'driver_totals.total_quantity') }} end as driver_rate,
        case
            when pools.is_complete and driver_totals.total_quantity > 0
                then {{ share_so_far(
                    'pools.pool', 'driver_totals.customers_quantity', 'driver_totals.total_quantity'
                ) }}
            else 0
        end as charged,

        -- booleans
        pools.is_value_adding,
        pools.is_fixed,
        pools.is_complete

    from pools

    left join driver_totals
        on
            pools.month = driver_totals.month
            and pools.driver = driver_totals.driver

),

final as (

    {{ with_untouched_months('charged', 'activity_cost_totals', columns) }}

)

select * from final

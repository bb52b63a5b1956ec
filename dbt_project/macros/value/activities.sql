{#- Activity-based costing: what pools of cost are charged by. -#}

{#- The drivers, each a column of int_value__drivers. -#}
{% macro activity_drivers() -%}
    {{ return([
        'orders', 'lines', 'deliveries', 'contacts', 'complaints', 'campaign_touches', 'active_customers'
    ]) }}
{%- endmacro %}

{#- SELECT of one row per customer, month and activity that is charged, from a relation of drivers (as int_value__drivers)
    and one of pools (as int_value__activity_pools). Nothing is sorted for it: the drivers carry their running sums, so
    that a charge is the difference of two parts of the pool. -#}
{% macro activity_charges(drivers, pools) %}
    select
        drivers.month,
        drivers.customer_id,
        pools.activity,
        pools.activity_group,
        pools.driver,
        driven.quantity as driver_quantity,
        pools.driver_rate,
        {{ share_so_far('pools.pool', 'driven.quantity_so_far', 'pools.total_quantity') }}
        - {{ share_so_far('pools.pool', '(driven.quantity_so_far - driven.quantity)', 'pools.total_quantity') }}
            as cost_amount

    from {{ drivers }} as drivers

    cross join lateral (
        values
        {%- for driver in activity_drivers() %}
        ('{{ driver }}', drivers.{{ driver }}, drivers.{{ driver }}_so_far){{ ',' if not loop.last }}
        {%- endfor %}
    ) as driven (driver, quantity, quantity_so_far)

    inner join {{ pools }} as pools
        on
            drivers.month = pools.month
            and driven.driver = pools.driver
            and pools.driver_rate is not null

    where driven.quantity > 0
{% endmacro %}

{#- LEFT JOIN of the running totals as they stood a number of windows before the day of a row of `changes`. -#}
{% macro join_value_days(name, windows) -%}
    left join lateral (
        select
            value_days.revenue_so_far,
            value_days.orders_so_far
        from (select * from {{ ref('int_lifecycle__value_days') }}) as value_days
        where
            value_days.customer_id = changes.customer_id
            and value_days.value_on <= changes.evaluated_on - {{ windows }} * changes.window_days
        order by value_days.value_on desc
        limit 1
    ) as {{ name }} on true
{%- endmacro %}

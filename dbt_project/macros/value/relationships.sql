{#- The year of a relationship that a month lies in, from 1: the month of the first order and the eleven after it are year 1,
    and whatever lies before belongs to it. Both are first days of months. -#}
{% macro relationship_year(began_in, month) -%}
    greatest(1, {{ periods_between(began_in, month, 'month') }} / 12 + 1)
{%- endmacro %}

{#- high, medium or low by the place of a value among the positive ones, best first; none where it is not positive. -#}
{% macro value_tier(value, place, count_positive) -%}
    case
        when {{ value }} <= 0 then 'none'
        {%- for tier, share in var('value_tiers').items() %}
        when {{ place }} - 1 < {{ share }} * {{ count_positive }} then '{{ tier }}'
        {%- endfor %}
        else 'low'
    end
{%- endmacro %}

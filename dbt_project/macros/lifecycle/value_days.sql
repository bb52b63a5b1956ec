{#- How many days of an ascending array lie on or before a day: the place of the last of them. -#}
{% macro count_up_to(day, days) -%}
    {{ return(adapter.dispatch('count_up_to')(day, days)) }}
{%- endmacro %}

{#- A binary search. -#}
{% macro postgres__count_up_to(day, days) -%}
    width_bucket({{ day }}, {{ days }})
{%- endmacro %}

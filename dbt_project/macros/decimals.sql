{#- A measured number as a numeric with at most so many decimals: what lies beyond is noise of the computation. -#}
{% macro decimals(number, digits) -%}
    {{ rounded('cast(' ~ number ~ ' as numeric)', digits) }}
{%- endmacro %}

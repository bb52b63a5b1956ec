{#- The day at whose end every measure is computed, as a date: the candidate's, unless var as_of_date says another one.
    A var that changes from build to build would have dbt parse the whole project each time. -#}
{% macro as_of_date() -%}
    {%- set day = var('as_of_date') -%}
    {%- if execute and day == 'none' -%}
        {%- set day = candidate('as_of_date') -%}
        {%- if day is none -%}
            {{ exceptions.raise_compiler_error(
                "as_of_date is not set: open a candidate, or pass --vars '{as_of_date: YYYY-MM-DD}'"
            ) }}
        {%- endif -%}
    {%- endif -%}
    cast('{{ day }}' as date)
{%- endmacro %}

{#- The day at whose end every measure is computed, as a date. Fails when a run forgets to say it. -#}
{% macro as_of_date() -%}
    {%- if execute and var('as_of_date') == 'none' -%}
        {{ exceptions.raise_compiler_error("as_of_date is not set: pass --vars '{as_of_date: YYYY-MM-DD}'") }}
    {%- endif -%}
    cast('{{ var("as_of_date") }}' as date)
{%- endmacro %}

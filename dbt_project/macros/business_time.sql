{#- A moment (timestamptz) as the clock on the wall of the business shows it (timestamp without zone). -#}
{% macro business_time(column) -%}
    {{ return(adapter.dispatch('business_time')(column)) }}
{%- endmacro %}

{% macro default__business_time(column) -%}
    {{ column }} at time zone '{{ var("business_time_zone") }}'
{%- endmacro %}

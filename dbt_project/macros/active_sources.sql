{#- Names of the sources that are read: those a run names by var `active_sources`, or else all that deliver something. -#}
{% macro active_sources() -%}
    {%- set named = var('active_sources', none) -%}
    {{ return(var('deliveries').keys() | list if named is none else named) }}
{%- endmacro %}

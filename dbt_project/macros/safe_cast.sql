{#- dbt casts the rows of unit tests to the types that the information schema tells, and that calls every array `ARRAY`,
    which is no type. Arrays here are of text. -#}
{% macro postgres__safe_cast(field, type) -%}
    cast({{ field }} as {{ 'text[]' if type == 'ARRAY' else type }})
{%- endmacro %}

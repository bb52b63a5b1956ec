{#- A key that cannot collide with another source's: source || ':' || id, NULL where the id is NULL.
    `column` is a SQL expression; `source_name` the source in whose identifiers the id is one. -#}
{% macro source_key(source_name, column) -%}
    '{{ source_name }}:' || cast({{ column }} as {{ dbt.type_string() }})
{%- endmacro %}

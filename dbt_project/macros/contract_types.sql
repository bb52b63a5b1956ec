{#- The empty relation a contract is checked against. dbt's own warns of every `numeric` without precision, for fear of
    rounding; PostgreSQL does not round an unbounded numeric, and money here is unbounded on purpose. -#}
{% macro postgres__get_empty_schema_sql(columns) %}
    {%- set untyped = columns.values() | selectattr('data_type', 'undefined') | map(attribute='name') | list -%}
    {%- if untyped -%}
        {{ exceptions.column_type_missing(column_names=untyped) }}
    {%- endif -%}
    select
        {%- for column in columns.values() %}
        cast(null as {{ column['data_type'] }}) as {{ column['name'] }}{{ ',' if not loop.last }}
        {%- endfor %}
{% endmacro %}

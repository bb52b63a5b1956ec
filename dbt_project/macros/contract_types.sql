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

{#- The columns of a table made under a contract. Text is collated as raw collates it: by bytes. So rows sort alike on every
    server, and joins of facts with what comes from raw can use the facts' indexes, which two collations would prevent. -#}
{% macro postgres__get_table_columns_and_constraints() %}
    {%- set clauses = adapter.render_raw_columns_constraints(raw_columns=model['columns']) -%}
    {%- set clauses = clauses + adapter.render_raw_model_constraints(raw_constraints=model['constraints']) -%}
    (
    {%- for clause in clauses %}
        {{ clause | replace(' text', ' text collate "C"', 1) if clause.split(' ')[1] == 'text' else clause }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    )
{% endmacro %}

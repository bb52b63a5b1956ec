{#- All deliveries of an entity by the active sources, one below the other, in the columns of its contract (the calling
    model's YAML) and of their types. A column that a source does not deliver is NULL; with no delivery at all the
    relation is empty and typed.

    A source delivers the entity when var `deliveries` says so; its model is input_<source>__<entity>. -#}
{% macro union_sources(entity) -%}
    {%- set delivering = sources_that_deliver(entity, among=active_sources()) -%}
    {%- set columns = contract_columns(entity) -%}

    {%- for source_name in delivering %}
    {{ delivered(ref('input_' ~ source_name ~ '__' ~ entity), source_name, columns) }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- else %}
    select
        {%- for name, data_type in columns.items() %}
        cast(null as {{ data_type }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
    {%- endfor %}
{%- endmacro %}

{#- Names of sources that deliver an entity, in alphabetical order. -#}
{% macro sources_that_deliver(entity, among) -%}
    {%- set delivering = [] -%}
    {%- for source_name in among | sort if entity in var('deliveries').get(source_name, []) -%}
        {%- do delivering.append(source_name) -%}
    {%- endfor -%}
    {{ return(delivering) }}
{%- endmacro %}

{#- One delivery in all columns of the contract. Scoping fills the gaps: a name that the delivery lacks is found one
    level further out, among typed NULLs. So nothing needs to be looked up in the database, and the planner folds
    the one-row table away, filters pass through. -#}
{% macro delivered(relation, source_name, columns) -%}
    {{ return(adapter.dispatch('delivered')(relation, source_name, columns)) }}
{%- endmacro %}

{% macro default__delivered(relation, source_name, columns) -%}
    select delivery.*
    from (
        select
            {%- for name, data_type in columns.items() %}
            cast({{ "'" ~ source_name ~ "'" if name == 'source' else 'null' }} as {{ data_type }}) as {{ name }}
            {{- ',' if not loop.last }}
            {%- endfor %}
    ) as absent
    cross join lateral (
        select
            {%- for name, data_type in columns.items() %}
            cast({{ name }} as {{ data_type }}) as {{ name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ relation }}
    ) as delivery
{%- endmacro %}

{#- Column → type of an entity's contract, in its order. -#}
{% macro contract_columns(entity) -%}
    {%- set columns = {} -%}
    {%- if not execute -%}
        {#- while parsing only the refs matter -#}
    {%- elif model.resource_type == 'unit_test' -%}
        {#- a unit test does not know the YAML of the model under test; the model as built does -#}
        {%- set built = api.Relation.create(database=model.database, schema=model.schema, identifier=entity) -%}
        {%- for column in adapter.get_columns_in_relation(built) -%}
            {%- do columns.update({column.name: column.data_type}) -%}
        {%- endfor -%}
    {%- else -%}
        {%- for column in model.columns.values() -%}
            {%- do columns.update({column.name: column.data_type}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro %}

{#- Where a model lives and what it is called in the database. -#}

{#- Schemas are named exactly as configured, without a prefix; `marts` are built where no reader looks. Target
    `reader` builds nothing: to it marts and facts are the views of the live release. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set schema_name = (custom_schema_name or target.schema) | trim -%}
    {%- if target.name == 'reader' and schema_name in ('marts', 'core') -%}
        marts
    {%- elif schema_name == 'marts' -%}
        marts_candidate
    {%- else -%}
        {{ schema_name }}
    {%- endif -%}
{%- endmacro %}

{#- The model `input_layer__orders` is the relation `input_layer.orders`: model names are unique in the project,
    relation names in their schema. -#}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {%- if custom_alias_name -%}
        {{ custom_alias_name | trim }}
    {%- else -%}
        {{ node.name | replace('input_layer__', '') }}
    {%- endif -%}
{%- endmacro %}

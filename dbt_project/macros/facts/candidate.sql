{#- A column of the candidate release that this build fills; none where no candidate is open, while parsing and in unit
    tests. -#}
{% macro candidate(column) -%}
    {%- if not execute or model.resource_type == 'unit_test' -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set candidate = api.Relation.create(database=target.database, schema='audit', identifier='candidate') -%}
    {%- set found = run_query('select ' ~ column ~ ' from ' ~ candidate).rows -%}
    {{ return(found[0][0] if found else none) }}
{%- endmacro %}

{#- Whether this build reads everything, instead of what changed since the live release: the first build, a build after a
    change of configuration, and wherever no candidate says otherwise. -#}
{% macro is_full_build() -%}
    {%- set is_full = candidate('is_full') -%}
    {{ return(is_full is none or is_full) }}
{%- endmacro %}

{#- Whether a moment falls on a day that the live release did not show and the candidate does, or the reverse. Needs a
    relation `bounds` in scope. -#}
{% macro happened_between_builds(column) -%}
    ({{ column }} >= (select first_moment from bounds) and {{ column }} < (select end_moment from bounds))
{%- endmacro %}

{#- SELECT of the names of all sources that deliver, as `source_name`. -#}
{% macro active_source_names() -%}
    {%- for source_name in active_sources() %}
        select '{{ source_name }}' as source_name
        {%- if not loop.last %} union all {% endif -%}
    {%- else %}
        select cast(null as {{ dbt.type_string() }}) as source_name where false
    {%- endfor %}
{%- endmacro %}

{#- Whether a row has to be computed anew because its order or customer is touched, or because it has none and so cannot tell.
    `key` is order_id or customer_id, `column` what the row calls it. -#}
{% macro is_touched_or_nobodys(column, key='customer_id') -%}
    {%- set changes = changes_of(key) -%} {#- always: dbt must see the reference while it parses -#}
    {%- if is_full_build() -%}
        true
    {%- else -%}
        ({{ column }} is null or {{ column }} in (select {{ key }} from {{ changes }}))
    {%- endif -%}
{%- endmacro %}

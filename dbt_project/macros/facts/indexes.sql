{#- Indexes of a fact, made once: its key, unique among open rows, and the columns (or lists of columns) of meta
    `indexed`.

    Each is a pair: over the open rows, which builds read, and over the closed ones, few in number. A reader's condition
    `_to_release is null or _to_release > N` is answered by both together. -#}
{% macro versioned_indexes() -%}
    {%- if execute -%}
        {{ return(adapter.dispatch('versioned_indexes')()) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__versioned_indexes() -%}
{%- endmacro %}

{% macro postgres__versioned_indexes() -%}
    {%- set key = config.require('unique_key') -%}
    {%- for columns in [key] + config.meta_get('indexed', []) %}
        {%- set columns = [columns] if columns is string else columns -%}
        {%- set name = this.identifier ~ '__' ~ columns | join('__') %}
create {{ 'unique ' if columns == key }}index if not exists {{ name }}
on {{ this }} ({{ columns | join(', ') }}) where _to_release is null;
create index if not exists {{ name }}__closed
on {{ this }} ({{ columns | join(', ') }}) where _to_release is not null;
    {%- endfor %}
create index if not exists {{ this.identifier }}__to_release
on {{ this }} (_to_release) where _to_release is not null;
-- rows lie in the order of their releases, so a few kilobytes tell where a release begins
create index if not exists {{ this.identifier }}__from_release
on {{ this }} using brin (_from_release);
{%- endmacro %}

{#- Statistics after a build that wrote everything; after a small one the server's own upkeep is enough. -#}
{% macro versioned_statistics() -%}
    {%- if execute and is_full_build() -%}
        {{ gather_statistics(this) }}
    {%- endif -%}
{%- endmacro %}

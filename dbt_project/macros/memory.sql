{#- Pre-hook of a model with one large sort: lets it use what the server sets aside for building an index, within the
    transaction that builds the model. What fits into memory needs no temporary file. -#}
{% macro memory_for_one_large_sort() -%}
    {{ return(adapter.dispatch('memory_for_one_large_sort')()) }}
{%- endmacro %}

{% macro default__memory_for_one_large_sort() -%}
{%- endmacro %}

{% macro postgres__memory_for_one_large_sort() -%}
    select set_config('work_mem', current_setting('maintenance_work_mem'), true)
{%- endmacro %}

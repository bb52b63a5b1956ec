{#- Pre-hook of a model that groups or sorts all customers' rows: lets it use what the server sets aside for building an
    index, within the transaction that builds the model, and has it group by sorting. A hash table of sums of numeric takes ten
    times the memory of the rows it is made of, and spills into temporary files; rows that come in the order of an index are
    not even sorted. -#}
{% macro by_large_sort() -%}
    {{ return(adapter.dispatch('by_large_sort')()) }}
{%- endmacro %}

{% macro default__by_large_sort() -%}
{%- endmacro %}

{% macro postgres__by_large_sort() -%}
    select
        set_config('work_mem', current_setting('maintenance_work_mem'), true),
        set_config('enable_hashagg', 'off', true)
{%- endmacro %}

{#- Pre-hook of a model that sums up all customers' rows in a few thousand groups, which the server cannot foresee: has it
    keep the groups in a hash table instead of sorting the rows. -#}
{% macro by_few_groups() -%}
    {{ return(adapter.dispatch('by_few_groups')()) }}
{%- endmacro %}

{% macro default__by_few_groups() -%}
{%- endmacro %}

{% macro postgres__by_few_groups() -%}
    select set_config('enable_sort', 'off', true)
{%- endmacro %}

{#- Pre-hook of a model that keeps all customers, or a sum per customer and month, in a hash table: lets the table use what the
    server sets aside for building an index, and has lists that are made anew for each row read, not remembered: they hardly
    ever repeat. -#}
{% macro by_large_hash() -%}
    {{ return(adapter.dispatch('by_large_hash')()) }}
{%- endmacro %}

{% macro default__by_large_hash() -%}
{%- endmacro %}

{% macro postgres__by_large_hash() -%}
    select
        set_config('work_mem', current_setting('maintenance_work_mem'), true),
        set_config('hash_mem_multiplier', '1', true),
        set_config('enable_memoize', 'off', true)
{%- endmacro %}

{#- Statement before a comparison of all rows of two tables, within its transaction: no loops. A fact that an unfinished build has
    left empty looks as if it cost nothing to be searched for every new row, and it grows while the new rows are inserted. Also a
    pre-hook of a model that joins the answers to a few questions, or those of touched customers, whose number the server takes for
    next to none. -#}
{% macro without_loops() -%}
    {{ return(adapter.dispatch('without_loops')()) }}
{%- endmacro %}

{% macro default__without_loops() -%}
{%- endmacro %}

{% macro postgres__without_loops() -%}
    select set_config('enable_nestloop', 'off', true);
{%- endmacro %}

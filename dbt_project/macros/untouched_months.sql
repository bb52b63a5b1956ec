{#- What the customers of a month share hangs on all of them, but not on other months. So a build of what changed computes the months
    in int_changes__months anew, and the marts of the live release tell of all others. -#}

{#- Condition on the month of a row that a build computes anew. -#}
{% macro of_touched_month(month='month') -%}
    {%- if not execute or not is_full_build() -%} {#- while it parses, dbt must see the reference -#}
        {{ month }} in (select month from {{ ref('int_changes__months') }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- SELECT of columns from what this build computed anew, and from a mart of the live release for all other months. For tables
    alone: a view would hold fast the mart that readers see, which a rollback takes away. -#}
{% macro with_untouched_months(computed, mart, columns) -%}
    select {{ columns | join(', ') }}
    from {{ computed }}
    {%- if not execute or not is_full_build() %}

    union all

    select {{ columns | join(', ') }}
    from {{ source('live_marts', mart) }}
    where month not in (select month from {{ ref('int_changes__months') }})
    {%- endif %}
{%- endmacro %}

{#- Steps that are kept from one build to the next, in schema `kept`.

    What such a step says of a customer follows from the facts of this customer alone. So a build of what changed computes anew
    the rows of the customers in int_changes__customers, and the rows of nobody, and takes over all others as the live
    release's build left them. Where another build than that was the last to write here, or everything is computed anew, the
    tables are dropped before (publishing/kept.py), and dbt makes them as it makes any other table.

    A kept step has the column customer_id, and reads its parents through `fact_of_touched` or `of_touched`. -#}

{#- Whether this build takes rows over. -#}
{% macro takes_over() -%}
    {{ return(execute and not is_full_build() and is_incremental()) }}
{%- endmacro %}

{#- The rows of a fact that a kept step computes anew: all, unless the rest is taken over. One branch per way to find them, so
    that each can use its index; a step about customers needs nobody's rows not. -#}
{% macro fact_of_touched(name, or_nobodys=true) %}
    {{ fact(name) }}
        and {{ of_touched() }}
    {%- if or_nobodys and takes_over() %}

    union all

    {{ fact(name) }}
        and customer_id is null
    {%- endif %}
{% endmacro %}

{#- Condition on the customer of a row that a kept step computes anew. -#}
{% macro of_touched(customer_id='customer_id') -%}
    {%- if not execute or takes_over() -%} {#- while it parses, dbt must see the reference -#}
        {{ customer_id }} in (select customer_id from {{ ref('int_changes__customers') }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- dbt calls this for incremental_strategy: kept, after it has run the model's SELECT into `temp_relation`. -#}
{% macro get_incremental_kept_sql(arg_dict) %}
    {%- if flags.EMPTY -%}
        {{ return('select 1') }}
    {%- endif -%}
    {%- set step = arg_dict['target_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='name') | join(', ') -%}

    delete from {{ step }}
    where customer_id in (select customer_id from {{ ref('int_changes__customers') }});

    delete from {{ step }}
    where customer_id is null;

    insert into {{ step }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict['temp_relation'] }};
{% endmacro %}

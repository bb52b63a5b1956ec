{#- Steps that are kept from one build to the next, in schema `kept`.

    What such a step says of a customer follows from the facts of this customer alone. So a build of what changed computes anew
    the rows of the customers in int_changes__customers, and the rows of nobody, and takes over all others as the live
    release's build left them. Where another build than that was the last to write here, or everything is computed anew, the
    tables are dropped before (publishing/kept.py), and dbt makes them as it makes any other table.

    A kept step has the column customer_id, and reads its parents through `fact_of_touched` or `of_touched`. In its meta,
    `touched` names another list of touched customers, and `follows_limits` says that it hangs on the limits of the lifecycle, too:
    it has the column limits_code, and is made anew where they are others.

    What is kept takes its place on the disk a second time, beside the facts: what a view tells as soon is a view, what is read of
    customers who are told anew alone (`of_retold`) is made of them alone, and what a mart holds is taken over from the live
    release's (`with_untouched_months`). -#}

{#- Whether this build takes rows of a step over: of the one that is being made, or of one that is named. -#}
{% macro takes_over(step=none, follows_limits=false) -%}
    {%- if not execute or is_full_build() or load_relation(step or this) is none -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set follows_limits = follows_limits or step is none and config.meta_get('follows_limits', false) -%}
    {{ return(not follows_limits or not follows_other_limits(step or this)) }}
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

    {%- if takes_over() %}

    delete from {{ step }}
    where customer_id in (select customer_id from {{ ref(config.meta_get('touched', 'int_changes__customers')) }});

    delete from {{ step }}
    where customer_id is null;
    {%- else %}

    truncate {{ step }};
    {%- endif %}

    insert into {{ step }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict['temp_relation'] }};
{% endmacro %}

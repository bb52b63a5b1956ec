{#- Whether this build takes spells over of customers whom nothing touched. By a source, not a ref: it is found out before they are
    made. A unit test has none. -#}
{% macro takes_spells_over() -%}
    {{ return(
        not (execute and is_full_build())
        and takes_over(source('kept', 'int_lifecycle__foreseen_spells'), follows_limits=true)
    ) }}
{%- endmacro %}

{#- Condition on the customer of a row from which int_lifecycle__foreseen_spells follows: as `of_touched`, for those in
    int_lifecycle__retold. -#}
{% macro of_retold(customer_id='customer_id') -%}
    {%- if not execute or takes_spells_over() -%} {#- while it parses, dbt must see the reference -#}
        {{ customer_id }} in (select customer_id from {{ ref('int_lifecycle__retold') }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- The same for rows that have an index on their customers, `fetched` by it. A join the server would make last, once it has computed
    for everybody what a view says of a day; and a list that no index finds would be gone through for every row. -#}
{% macro of_retold_fetched(customer_id='customer_id') -%}
    {%- if not execute or takes_spells_over() -%}
        {{ customer_id }} = any(array(select customer_id from {{ ref('int_lifecycle__retold') }}))
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- Whether a kept step follows from other limits than the build's. -#}
{% macro follows_other_limits(step) -%}
    {%- set parameters = api.Relation.create(
        database=target.database, schema='intermediate', identifier='int_lifecycle__parameters'
    ) -%}
    {%- set found = run_query(
        'select (select limits_code from ' ~ step ~ ' limit 1) is distinct from (select limits_code from ' ~ parameters ~ ')'
    ) -%}
    {{ return(found.rows[0][0]) }}
{%- endmacro %}

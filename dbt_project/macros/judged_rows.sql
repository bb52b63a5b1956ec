{#- dbt asks here for the rows that a generic test judges: those of the test's `where`; else, of the input layer in a build of
    what changed, keys and values of touched orders and customers, and of spells those told anew. The others were judged by the
    build that they came with, or by the try before. What refers to other rows is judged whole, because these may have gone; so is what dbt does not
    render while it parses. -#}
{% macro default__get_where_subquery(relation) -%}
    {%- set where = config.get('where') or touched_rows() -%}
    {%- if where -%}
        {{ return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') as judged') }}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}

{#- Condition on the rows of a relation that this build has reason to judge; none = all. While dbt parses, only the test's own
    arguments say which relation it judges. -#}
{% macro touched_rows() -%}
    {%- set columns = {
        'input_layer__orders': 'order_id',
        'input_layer__order_lines': 'order_id',
        'input_layer__refunds': 'order_id',
        'input_layer__contacts': 'customer_id',
        'input_layer__survey_responses': 'customer_id',
    } -%}
    {%- set judged = model.test_metadata.kwargs.model.split("'")[1] -%}
    {%- if model.test_metadata.name not in ['primary_key', 'accepted_values'] -%}
        {{ return(none) }}
    {%- elif judged in columns -%}
        {{ return(is_touched_or_nobodys(columns[judged], key=columns[judged])) }}
    {%- elif judged == 'input_layer__survey_answers' -%} {#- whose they are, their responses know -#}
        {%- set of_touched = ' where ' ~ is_touched_or_nobodys('customer_id') -%}
        {{ return('response_id in (select response_id from ' ~ ref('input_layer__survey_responses') ~ of_touched ~ ')') }}
    {%- elif judged == 'int_lifecycle__foreseen_spells' -%} {#- nobody told anew by name: everybody -#}
        {{ return(of_retold() ~ ' or not exists (select 1 from ' ~ ref('int_lifecycle__retold') ~ ')') }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

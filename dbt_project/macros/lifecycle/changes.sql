{#- SELECT of changes on a day, as int_lifecycle__circumstances gathers them: `what` names columns and what they change by;
    the other columns are 0. -#}
{% macro lifecycle_changes(day, what={}) -%}
    {%- set columns = [
        'cycles', 'place_code', 'recovery_code', 'silence_code', 'trend_code',
        'notices_pending', 'notices_in_effect', 'low_scores', 'open_complaints',
    ] -%}
    select
        customer_id,
        {{ day }} as changed_on
        {%- for column in columns %},
        {{ what.get(column, 0) }} as {{ column }}
        {%- endfor %}
{%- endmacro %}

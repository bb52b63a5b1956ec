{#- The rows that the value models left for the candidate in schema `predictions`. What they said about another candidate
    is not read: the candidate then has no predictions. -#}
{% macro predicted(name) %}
    select *
    from {{ source('predictions', name) }}
    where
        (select release_id from {{ source('predictions', 'run') }})
        = (select release_id from {{ source('audit', 'candidate') }})
{% endmacro %}

{#- The last day of the calibration period of a history that begins on `first_day`: as configured, or such that the share of
    days that judges is left. -#}
{% macro calibration_end(first_day) -%}
    {%- set day = var('prediction_calibration_end') -%}
    {%- if day == 'none' -%}
        {%- set days = '(' ~ as_of_date() ~ ' - ' ~ first_day ~ ' + 1)' -%}
        {{ as_of_date() }} - cast(round({{ days }} * {{ var('prediction_holdout_share') }}) as integer)
    {%- else -%}
        cast('{{ day }}' as date)
    {%- endif -%}
{%- endmacro %}

{#- A number that a model computed, as a numeric with at most so many decimals: what lies beyond is noise of the computation. -#}
{% macro measured(number, digits) -%}
    {{ rounded('cast(' ~ number ~ ' as numeric)', digits) }}
{%- endmacro %}

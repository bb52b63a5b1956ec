{#- `part` ÷ `whole` to ten decimals; NULL where there is nothing to divide by. Numbers end where they end: 0.6, not 0.6000…:
    they are read by people too. -#}
{% macro ratio(part, whole) -%}
    {{ return(adapter.dispatch('ratio')(part, whole)) }}
{%- endmacro %}

{% macro default__ratio(part, whole) -%}
    round(cast({{ part }} as numeric) / nullif({{ whole }}, 0), 10)
{%- endmacro %}

{% macro postgres__ratio(part, whole) -%}
    trim_scale({{ default__ratio(part, whole) }})
{%- endmacro %}

{#- A numeric to at most so many decimals. -#}
{% macro rounded(number, digits) -%}
    trim_scale(round({{ number }}, {{ digits }}))
{%- endmacro %}

{#- A number above 0 to so many significant digits: 1.57084 to three is 1.57, and 12345 is 12300. -#}
{% macro significant(number, digits) -%}
    {%- set number = 'cast(' ~ number ~ ' as numeric)' -%}
    {%- set shift = 'power(cast(10 as numeric), ' ~ (digits - 1) ~ ' - floor(log(' ~ number ~ ')))' -%}
    trim_scale(round({{ number }} * {{ shift }}, 0) / {{ shift }})
{%- endmacro %}

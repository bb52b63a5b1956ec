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

{#- As of: what the warehouse knows at the end of `as_of_date`. -#}

{#- Whether a moment or day lies at or before the end of the as-of date; unknown moments have not happened. -#}
{% macro happened(column) -%}
    {{ column }} < {{ dbt.dateadd('day', 1, as_of_date()) }}
{%- endmacro %}

{#- A moment that a source tells in advance or belatedly: NULL until it has happened. -#}
{% macro if_happened(column) -%}
    case when {{ happened(column) }} then {{ column }} end
{%- endmacro %}

{#- Whether a customer is known: whoever is first heard of later is not yet; whom no source dates has been there from the
    beginning. -#}
{% macro is_known(known_since) -%}
    ({{ known_since }} is null or {{ happened(known_since) }})
{%- endmacro %}

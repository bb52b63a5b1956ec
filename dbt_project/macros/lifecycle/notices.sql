{#- Whether a notice to terminate stands at the end of a day: given and not withdrawn by then, and pending, whatever is
    ordered, or in effect with no order since. What an order overtook on the day of effect, or left nothing to interrupt, is over from that day on. Of rows of
    int_lifecycle__notices. -#}
{% macro notice_stands_on(day) -%}
    given_on <= {{ day }}
    and (withdrawn_on is null or withdrawn_on > {{ day }})
    and (in_effect_until is null or in_effect_until > {{ day }})
    and (in_effect_from is not null or effective_on is null or effective_on > {{ day }})
{%- endmacro %}

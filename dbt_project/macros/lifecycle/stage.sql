{#- The stage of a day, by what is the case at its end: a row of int_lifecycle__circumstances. First match wins (methods
    §1), but for the day on which a cycle begins: out of interruption leads an order, always into recovery. -#}
{% macro stage_of_day() -%}
    case
        when occasions_in_cycle = 0 then 'prospecting'
        when is_recovery_day then 'recovery'
        when notices_in_effect > 0 or silence = 'interruption' then 'interruption'
        when notices_pending > 0 or silence = 'termination' then 'termination'
        when silence = 'danger' or is_value_falling or open_complaints > 0 or low_scores > 0 then 'danger'
        when occasions_in_cycle = 1 and cycle_number > 1 then 'recovery'
        when occasions_in_cycle = 1 then 'socialization'
        when value_direction = 'growing' then 'growth'
        else 'maturity'
    end
{%- endmacro %}

{#- Why: of several reasons the first. -#}
{% macro reason_of_stage(stage) -%}
    case
        when {{ stage }} = 'prospecting' then 'no_order'
        when {{ stage }} = 'interruption' and notices_in_effect > 0 then 'notice_in_effect'
        when {{ stage }} = 'termination' and notices_pending > 0 then 'notice_given'
        when {{ stage }} in ('interruption', 'termination') then 'silence'
        when {{ stage }} = 'danger' and silence = 'danger' then 'silence'
        when {{ stage }} = 'danger' and open_complaints > 0 then 'open_complaint'
        when {{ stage }} = 'danger' and low_scores > 0 then 'low_score'
        when {{ stage }} = 'danger' then 'value_falling'
        when {{ stage }} = 'recovery' then 'order_after_interruption'
        when {{ stage }} = 'socialization' then 'first_order'
        when {{ stage }} = 'growth' and not has_value_trend then 'too_early_to_tell'
        when {{ stage }} = 'growth' then 'value_rising'
        else 'value_level'
    end
{%- endmacro %}

{#- A running maximum keeps the latest of what was written with `dated`: later days are greater numbers. -#}
{% macro dated(day, number) -%}
    (({{ day }} - cast('0001-01-01' as date)) * 8 + {{ number }})
{%- endmacro %}

{% macro undated(code) -%}
    mod({{ code }}, 8)
{%- endmacro %}

{#- The name that a number, from 0, stands for. -#}
{% macro nth_of(number, names) -%}
    case {{ number }}
        {%- for name in names %}
        when {{ loop.index0 }} then '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}

{% macro is_nth(number, nth) -%}
    {{ number }} = {{ nth }}
{%- endmacro %}

{#- An amount in the reporting currency. What is converted is booked in cents; what is not stays as the source has it. -#}
{% macro in_reporting_currency(amount, is_converted, exchange_rate) -%}
    case when {{ is_converted }} then round({{ amount }} * {{ exchange_rate }}, 2) else {{ amount }} end
{%- endmacro %}

{#- The part of `total` that falls to the first `so_far` of `whole` units, in cents; all of it, whatever its digits, once all
    units are counted. What falls to a row is the difference of two such parts, so the rows of a whole sum to the total
    exactly, and no row is more than a cent off. -#}
{% macro share_so_far(total, so_far, whole) -%}
    case
        when {{ so_far }} = {{ whole }} then {{ total }}
        else round({{ total }} * {{ so_far }} / {{ whole }}, 2)
    end
{%- endmacro %}

{#- The share of one row in `total`, pro rata by `weight`, as share_so_far tells. Weights are not negative, and not all
    zero. -#}
{% macro pro_rata_share(total, weight, partition_by, order_by) -%}
    {%- set whole -%}
        sum({{ weight }}) over (partition by {{ partition_by }})
    {%- endset -%}
    {%- set so_far -%}
        sum({{ weight }}) over (
            partition by {{ partition_by }} order by {{ order_by }} rows between unbounded preceding and current row
        )
    {%- endset -%}
    {{ share_so_far(total, so_far, whole) }}
    - {{ share_so_far(total, '(' ~ so_far ~ ' - ' ~ weight ~ ')', whole) }}
{%- endmacro %}

{#- An amount in the reporting currency. What is converted is booked in cents; what is not stays as the source has it. -#}
{% macro in_reporting_currency(amount, is_converted, exchange_rate) -%}
    case when {{ is_converted }} then round({{ amount }} * {{ exchange_rate }}, 2) else {{ amount }} end
{%- endmacro %}

{#- The share of one row in `total`, pro rata by `weight`, in cents; the shares of a partition sum to the total exactly,
    whatever its digits. Each row gets the difference of two rounded running sums, so no row is more than a cent off.
    Weights are not negative, and not all zero. -#}
{% macro pro_rata_share(total, weight, partition_by, order_by) -%}
    {%- set whole -%}
        sum({{ weight }}) over (partition by {{ partition_by }})
    {%- endset -%}
    {%- set so_far -%}
        sum({{ weight }}) over (
            partition by {{ partition_by }} order by {{ order_by }} rows between unbounded preceding and current row
        )
    {%- endset -%}
    {%- set before = '(' ~ so_far ~ ' - ' ~ weight ~ ')' -%}
    case
        when {{ so_far }} = {{ whole }} then {{ total }}
        else round({{ total }} * {{ so_far }} / {{ whole }}, 2)
    end
    - case
        when {{ before }} = {{ whole }} then {{ total }}
        else round({{ total }} * {{ before }} / {{ whole }}, 2)
    end
{%- endmacro %}

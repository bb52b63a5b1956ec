{#- An amount of today, were there another number of the customers it comes with; where there are none today, it is no
    customer's and stays. -#}
{% macro at_todays_rate(amount, customers, customers_today) -%}
    case
        when {{ customers }} is null then null
        when {{ customers_today }} = 0 then {{ amount }}
        else {{ amount }} * {{ customers }} / {{ customers_today }}
    end
{%- endmacro %}

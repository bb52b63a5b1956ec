{#- What a line can be to its customer: see int_order_lines__kinds. -#}
{% macro purchase_kinds() -%}
    {{ return(['first_purchase', 'upsell', 'cross_sell', 'repeat']) }}
{%- endmacro %}

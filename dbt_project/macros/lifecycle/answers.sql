{#- The order of answers, the latest first; of one moment by response and question. -#}
{% macro latest_answer_first(told_at) -%}
    {{ told_at }} desc, response_id desc, item_code asc
{%- endmacro %}

{#- Fails for every key that is NULL in a part, or that occurs more than once. Where the database itself holds the key, as of
    facts, and of steps and marts that say so (`is_held`), it is asked whether it does: see macros/held_key.sql. -#}
{% test primary_key(model, columns, is_held=false) %}

{% if is_held or model.schema == 'core' %}
{{ keys_not_held(model, columns) }}
{% else %}
select
    {{ columns | join(', ') }},
    count(*) as count_rows
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}
{% endif %}

{% endtest %}

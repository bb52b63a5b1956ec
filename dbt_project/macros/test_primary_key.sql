{#- Fails for every key that is NULL in a part, or that occurs more than once. The keys of facts are held by the database
    itself: see macros/facts/held_key.sql. -#}
{% test primary_key(model, columns) %}

{% if model.schema == 'core' %}
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

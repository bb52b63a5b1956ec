{#- The rows that the value models left for the candidate in schema `predictions`. What they said about another candidate
    is not read: the candidate then has no predictions. -#}
{% macro predicted(name) %}
    select *
    from {{ source('predictions', name) }}
    where
        (select release_id from {{ source('predictions', 'run') }})
        = (select release_id from {{ source('audit', 'candidate') }})
{% endmacro %}

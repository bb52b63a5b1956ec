{#- The rows of a raw table that the candidate release reads: promoted up to its promotion, and not superseded by then.
    Rows promoted while the build runs do not slip in. -#}
{% macro promoted(source_name, table_name) %}
    select *
    from {{ source(source_name, table_name) }}
    where
        _promoted_in <= (select through_promotion from {{ source('audit', 'candidate') }})
        and (
            _superseded_in is null
            or _superseded_in > (select through_promotion from {{ source('audit', 'candidate') }})
        )
{% endmacro %}

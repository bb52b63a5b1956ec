{#- SELECT of a row unless the database itself holds a key: by a valid unique index on exactly these columns, and by no NULL in
    them. As sure as counting ten million keys, and next to free.

    Of a fact it is the key of its open rows, its columns are not null by constraint, and no version ends before it begins. Of a
    step or mart it is that of all rows, whose index was made with it. -#}
{% macro keys_not_held(relation, columns) -%}
    {{ return(adapter.dispatch('keys_not_held')(relation, columns, relation.schema == 'core')) }}
{%- endmacro %}

{% macro default__keys_not_held(relation, columns, is_fact) %}
    select {{ columns | join(', ') }}
    from {{ relation }}
    {%- if is_fact %}
    where _to_release is null
    {%- endif %}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endmacro %}

{% macro postgres__keys_not_held(relation, columns, is_fact) %}
    with unique_indexes as (

        select array_agg(attributes.attname order by attributes.attname) as key_columns

        from pg_catalog.pg_index as indexes

        inner join pg_catalog.pg_attribute as attributes
            on
                indexes.indrelid = attributes.attrelid
                and attributes.attnum = any(indexes.indkey)

        where
            indexes.indrelid = cast('{{ relation }}' as regclass)
            and indexes.indisunique
            and indexes.indisvalid
            and pg_get_expr(indexes.indpred, indexes.indrelid)
            is not distinct from {{ "'(_to_release IS NULL)'" if is_fact else 'null' }}

        group by indexes.indexrelid

    )

    select 'no unique index' as problem
    where not exists (
        select 1
        from unique_indexes
        where key_columns = cast(array['{{ columns | sort | join("', '") }}'] as name [])
    )
    union all
    {%- if is_fact %}
    select attname || ' may be null'
    from pg_catalog.pg_attribute
    where
        attrelid = cast('{{ relation }}' as regclass)
        and attname in ('{{ columns | join("', '") }}')
        and not attnotnull
    union all
    select 'a version ends before it begins'
    from {{ relation }}
    where _to_release <= _from_release
    {%- else %}
    select 'a key is null'
    from {{ relation }}
    where {{ columns | join(' is null or ') }} is null
    {%- endif %}
{% endmacro %}

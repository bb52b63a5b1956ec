{#- SELECT of a row unless the database itself holds the key of a fact: by a valid unique index on exactly these columns over
    the open rows, and by not-null constraints on them. As sure as counting ten million keys, and free. Also of versions
    that end before they begin. -#}
{% macro keys_not_held(fact, columns) -%}
    {{ return(adapter.dispatch('keys_not_held')(fact, columns)) }}
{%- endmacro %}

{% macro default__keys_not_held(fact, columns) %}
    select {{ columns | join(', ') }}
    from {{ fact }}
    where _to_release is null
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endmacro %}

{% macro postgres__keys_not_held(fact, columns) %}
    with unique_indexes as (

        select array_agg(attributes.attname order by attributes.attname) as key_columns

        from pg_catalog.pg_index as indexes

        inner join pg_catalog.pg_attribute as attributes
            on
                indexes.indrelid = attributes.attrelid
                and attributes.attnum = any(indexes.indkey)

        where
            indexes.indrelid = cast('{{ fact }}' as regclass)
            and indexes.indisunique
            and indexes.indisvalid
            and pg_get_expr(indexes.indpred, indexes.indrelid) = '(_to_release IS NULL)'

        group by indexes.indexrelid

    ),

    nullable as (

        select attname

        from pg_catalog.pg_attribute

        where
            attrelid = cast('{{ fact }}' as regclass)
            and attname in ('{{ columns | join("', '") }}')
            and not attnotnull

    )

    select 'no unique index over the open rows' as problem
    where not exists (
        select 1
        from unique_indexes
        where key_columns = cast(array['{{ columns | sort | join("', '") }}'] as name [])
    )
    union all
    select attname || ' may be null'
    from nullable
    union all
    select 'a version ends before it begins'
    from {{ fact }}
    where _to_release <= _from_release
{% endmacro %}

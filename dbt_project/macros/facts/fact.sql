{#- The rows of a fact as the candidate sees them. Every model that reads a fact reads it through this macro: a fact also
    holds the versions that the live and the previous release show. -#}
{% macro fact(name) %}
    select *
    from {{ ref(name) }}
    where _to_release is null
{% endmacro %}

{#- Of these the rows that the candidate has written itself: what a test of an incremental build has to judge. -#}
{% macro fact_written_now(name) %}
    {{ fact(name) }}
        and _from_release = {{ candidate('release_id') or 0 }}
{% endmacro %}

{#- What of a fact only one of the live release and the candidate shows, with the key and the other columns that count: a row
    whose versions differ in others is the same here. One branch per index. -#}
{% macro fact_changes(name, columns) %}
    {%- set release = candidate('release_id') or 0 -%}
    {%- set written -%}
        select {{ columns | join(', ') }} from {{ ref(name) }} where _from_release = {{ release }}
    {%- endset -%}
    {%- set closed -%}
        select {{ columns | join(', ') }} from {{ ref(name) }} where _to_release = {{ release }}
    {%- endset -%}
    (
        {{ written }}
        except
        {{ closed }}
    )

    union all

    (
        {{ closed }}
        except
        {{ written }}
    )
{% endmacro %}

{#- The rows of a fact as they stood before this build. A source, not a ref: what has changed is found out before the
    facts are built. Right also when a build is repeated after half of it was done. -#}
{% macro live_fact(name) %}
    select live_fact.*
    from {{ source('live', name) }} as live_fact
    where
        live_fact._from_release < (select release_id from {{ source('audit', 'candidate') }})
        and (
            live_fact._to_release is null
            or live_fact._to_release >= (select release_id from {{ source('audit', 'candidate') }})
        )
{% endmacro %}

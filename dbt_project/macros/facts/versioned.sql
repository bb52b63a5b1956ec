{#- Facts that keep their versions.

    A row of a fact belongs to the releases from `_from_release` until before `_to_release` (NULL = still). Readers of
    release N see

        _from_release <= N and (_to_release is null or _to_release > N)

    A build of candidate N computes anew what may have changed since the live release, compares it with the open rows by
    key and content, closes the rows that differ or are gone, and inserts the new versions. A row that says the same is
    not touched, so a fact grows by what changed and not by what was read.

    What may have changed is a set of rows, described by `touched_by` in the model's meta: rows whose customer is in
    int_changes__customers or whose order is in int_changes__orders, and rows that name neither. The model's SELECT
    must return exactly those rows of the new state; the macros here take exactly those of the old one. `touched_by: []`
    means all rows: fit for small tables. -#}

{#- The two columns, to be selected last by every fact. -#}
{% macro release_columns() -%}
    {%- set release = candidate('release_id') -%}
    {%- if release is not none and not is_full_build() and not is_incremental() -%}
        {{ exceptions.raise_compiler_error(
            this ~ ' does not exist yet, and this build reads only what changed: open the candidate as a full build'
        ) }}
    {%- endif -%}
    cast({{ 'null' if release is none else release | int }} as bigint) as _from_release,
        cast(null as bigint) as _to_release
{%- endmacro %}

{#- dbt calls this for incremental_strategy: versioned. Besides, dbt runs the model's SELECT into `temp_relation`. -#}
{% macro get_incremental_versioned_sql(arg_dict) %}
    {%- if flags.EMPTY -%}
        {{ return('select 1') }}
    {%- endif -%}
    {%- set release = candidate('release_id') -%}
    {%- if release is none -%}
        {{ exceptions.raise_compiler_error('no candidate release is open: audit.candidate is empty') }}
    {%- endif -%}
    {{ return(adapter.dispatch('versioned_sql')(
        arg_dict['target_relation'],
        arg_dict['temp_relation'],
        config.require('unique_key'),
        arg_dict['dest_columns'] | map(attribute='name') | list,
        release | int
    )) }}
{% endmacro %}

{% macro default__versioned_sql(fact, fresh, key, columns, release) %}
    {%- set content = columns | reject('in', ['_from_release', '_to_release']) | list -%}

    {{ gather_statistics(fresh) }};
    {%- if is_full_build() %}

    {{ without_loops() }}
    {%- endif %}

    update {{ fact }} as old
    set _to_release = {{ release }}
    where
        old._to_release is null
        {%- if not is_full_build() and touched_by() %}
        and ({{ key_list('old', key) }}) in ({{ keys_in_scope(fact, fresh, key) }})
        {%- endif %}
        and not exists (
            select 1
            from {{ fresh }} as new
            where {{ keys_match('old', 'new', key) }}
                and {{ same_content('old', 'new', content) }}
        );

    -- a version that this same candidate opened, in a build that is being repeated
    delete from {{ fact }}
    where _to_release = {{ release }} and _from_release = {{ release }};

    insert into {{ fact }} ({{ columns | join(', ') }})
    select {{ columns | join(', ') }}
    from {{ fresh }} as new
    where not exists (
        select 1
        from {{ fact }} as old
        where old._to_release is null
            and {{ keys_match('old', 'new', key) }}
    );
{% endmacro %}

{#- Keys of the open rows that this build computes anew: one branch per way to find them, so that each can use its index.
    The keys of the new rows are among them in any case: a key is open once. -#}
{% macro keys_in_scope(fact, fresh, key) %}
    {%- for column in touched_by() %}
            select {{ key_list('found', key) }}
            from {{ fact }} as found
            where found._to_release is null
                and found.{{ column }} in (select {{ column }} from {{ changes_of(column) }})
            union all
    {%- endfor %}
            select {{ key_list('found', key) }}
            from {{ fact }} as found
            where found._to_release is null
                {%- for column in touched_by() %}
                and found.{{ column }} is null
                {%- endfor %}
            union all
            select {{ key_list('found', key) }}
            from {{ fresh }} as found
        {% endmacro %}

{% macro touched_by() -%}
    {{ return(config.meta_get('touched_by', [])) }}
{%- endmacro %}

{#- The list of touched customers or orders, for a column of that name. -#}
{% macro changes_of(column) -%}
    {{ return(ref('int_changes__' ~ column.removesuffix('_id') ~ 's')) }}
{%- endmacro %}

{% macro key_list(alias, key) -%}
    {%- for column in key %}{{ alias }}.{{ column }}{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}

{% macro keys_match(left, right, key) -%}
    {%- for column in key %}{{ left }}.{{ column }} = {{ right }}.{{ column }}{{ ' and ' if not loop.last }}{% endfor -%}
{%- endmacro %}

{#- Whether two rows are the same to the byte: 1.5 is not 1.50 here, or a build of what changed and a build of everything
    could publish different bytes. -#}
{% macro same_content(left, right, columns) -%}
    {{ return(adapter.dispatch('same_content')(left, right, columns)) }}
{%- endmacro %}

{% macro default__same_content(left, right, columns) -%}
    {%- for column in columns -%}
        cast({{ left }}.{{ column }} as {{ dbt.type_string() }}) is not distinct from cast({{ right }}.{{ column }} as {{ dbt.type_string() }})
        {{- ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro postgres__same_content(left, right, columns) -%}
    record_image_eq(row({{ key_list(left, columns) }}), row({{ key_list(right, columns) }}))
{%- endmacro %}

{% macro gather_statistics(relation) -%}
    {{ return(adapter.dispatch('gather_statistics')(relation)) }}
{%- endmacro %}

{% macro default__gather_statistics(relation) -%}
    analyze {{ relation }}
{%- endmacro %}

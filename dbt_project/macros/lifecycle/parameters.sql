{#- The parameters of the lifecycle: see int_lifecycle__parameters. -#}

{#- What configuration says about a parameter, as a number, or NULL where it is left to calibration. -#}
{% macro configured(name) -%}
    {%- set value = var('lifecycle_' ~ name) -%}
    {%- if value == 'calibrated' -%}
        cast(null as numeric)
    {%- elif value is not number or value <= 0 -%}
        {{ exceptions.raise_compiler_error(
            "dbt_project.yml: lifecycle_" ~ name ~ " is '" ~ value ~ "': write a number above 0, or calibrated"
        ) }}
    {%- else -%}
        cast({{ value }} as numeric)
    {%- endif -%}
{%- endmacro %}

{#- Post-hook of int_lifecycle__parameters: ends the build where a limit lies below the one before it. A configured limit may
    do so beside calibrated ones, so it takes the values in use. -#}
{% macro refuse_descending_limits(parameters) -%}
    {%- if execute -%}
        {%- set names = ['danger', 'termination', 'interruption', 'ended'] -%}
        {%- set row = run_query('select ' ~ names | join('_limit, ') ~ '_limit from ' ~ parameters).rows[0] -%}
        {%- for below, above in [names[0:2], names[1:3], names[2:4]] if row[above ~ '_limit'] < row[below ~ '_limit'] -%}
            {{ exceptions.raise_compiler_error(
                "dbt_project.yml: lifecycle_" ~ above ~ "_limit (" ~ var('lifecycle_' ~ above ~ '_limit') ~ ", in use "
                ~ row[above ~ '_limit'] ~ ") lies below lifecycle_" ~ below ~ "_limit ("
                ~ var('lifecycle_' ~ below ~ '_limit') ~ ", in use " ~ row[below ~ '_limit']
                ~ "): limits of silence have to ascend from danger to ended"
            ) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#- A parameter as it was found, to three significant digits: a limit of 1.57 means nothing else than one of 1.57084, and it does not
    move with every late order (decision 50). -#}
{% macro calibrated(found) -%}
    {{ significant(found, 3) }}
{%- endmacro %}

{#- What stands in for a parameter while there is nothing to calibrate it by. -#}
{% macro fallback(name) -%}
    cast({{ var('lifecycle_fallbacks')[name] }} as numeric)
{%- endmacro %}

{#- The last month end at or before the as-of date. -#}
{% macro calibrated_to() -%}
    cast({{ dbt.dateadd('day', -1, first_incomplete_period('month')) }} as date)
{%- endmacro %}

{#- Days a customer is expected to stay away, by empirical Bayes: the population's gap counts like `prior_gaps` gaps of the
    customer's own. Six decimals, so that whatever follows from it is exact. -#}
{% macro expected_interval(days_of_own_gaps, own_gaps, prior_gaps, population_gap) -%}
    {{ rounded(
        '(' ~ prior_gaps ~ ' * ' ~ population_gap ~ ' + ' ~ days_of_own_gaps ~ ') / (' ~ prior_gaps ~ ' + ' ~ own_gaps ~ ')', 6
    ) }}
{%- endmacro %}

{#- The first day on which days since the occasion ÷ expected interval lies above a limit, should silence last. -#}
{% macro first_day_beyond(limit) -%}
    occasion_on + cast(floor({{ limit }} * expected_interval_days) as integer) + 1
{%- endmacro %}

{#- The values at several quantiles of an expression, by linear interpolation, as an array in their order. -#}
{% macro quantiles(expression, shares) -%}
    percentile_cont(cast(array[{{ shares | join(', ') }}] as double precision []))
        within group (order by cast({{ expression }} as double precision))
{%- endmacro %}

{#- A short name of the values that rhythms follow from: steps that are kept say by which of them they were made. -#}
{% macro limits_code() -%}
    left(md5(concat_ws(' ', population_gap, prior_gaps, danger_limit, termination_limit, interruption_limit)), 8)
{%- endmacro %}

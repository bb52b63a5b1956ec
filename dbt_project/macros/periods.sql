{#- Calendar periods: day, week (begins on Monday), month, quarter, year. A period is named by its first day. -#}

{#- The first day of the period that a day or moment lies in. A day is taken for its first moment: on its own the server takes
    it for a moment in the session's time zone, and looks into the rules of that twice. -#}
{% macro period_start(column, period) -%}
    cast({{ dbt.date_trunc(period, 'cast(' ~ column ~ ' as timestamp)') }} as date)
{%- endmacro %}

{#- The first day of the period `count` periods after the one that begins on `start`. -#}
{% macro later_period(start, count, period) -%}
    cast(
        {%- if period == 'quarter' -%}
            {{ dbt.dateadd('month', '3 * (' ~ count ~ ')', start) }}
        {%- else -%}
            {{ dbt.dateadd(period, count, start) }}
        {%- endif -%}
        as date)
{%- endmacro %}

{#- How many periods lie between two first days of periods, as an integer: the days between them by the mean length of a period,
    which is never more than a few days off. -#}
{% macro periods_between(first, later, period) -%}
    {%- set days = '(cast(' ~ later ~ ' as date) - cast(' ~ first ~ ' as date))' -%}
    {%- set lengths = {'week': 7, 'month': 30.436875, 'quarter': 91.310625, 'year': 365.2425} -%}
    {%- if period == 'day' -%} {{ days }}
    {%- elif period in lengths -%} cast({{ days }} / cast({{ lengths[period] }} as double precision) as integer)
    {%- else -%} {{ exceptions.raise_compiler_error('no period is called ' ~ period) }}
    {%- endif -%}
{%- endmacro %}

{#- Whether the period that begins on `start` has ended by the as-of date. -#}
{% macro is_period_complete(start, period) -%}
    {{ later_period(start, 1, period) }} <= {{ dbt.dateadd('day', 1, as_of_date()) }}
{%- endmacro %}

{#- The first day of the first period that has not ended by the as-of date. -#}
{% macro first_incomplete_period(period) -%}
    {{ period_start(dbt.dateadd('day', 1, as_of_date()), period) }}
{%- endmacro %}

{#- SELECT of the first days of all periods from `first` to `last`, both first days of periods, as `period_start`. -#}
{% macro period_series(first, last, period) -%}
    {{ return(adapter.dispatch('period_series')(first, last, period)) }}
{%- endmacro %}

{% macro postgres__period_series(first, last, period) -%}
    select cast(series.period_start as date) as period_start
    from generate_series(
        cast({{ first }} as timestamp),
        cast({{ last }} as timestamp),
        interval '{{ '3 month' if period == 'quarter' else '1 ' ~ period }}'
    ) as series (period_start)
{%- endmacro %}

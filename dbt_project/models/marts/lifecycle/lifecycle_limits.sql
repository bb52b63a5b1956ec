{%- set limits = ['danger', 'termination', 'interruption', 'ended'] -%}
{%- set settings = {
    'value_trend': 'value_threshold',
    'low_score': 'low_score',
    'score_validity_days': 'score_validity_days',
    'complaint_limit_days': 'complaint_limit_days',
    'order_count': 'order_count_quantile',
    'window_intervals': 'window_intervals',
} -%}

with parameters as (

    select * from {{ ref('int_lifecycle__parameters') }}

),

rhythms as (

    select * from {{ ref('int_lifecycle__rhythms') }}

),

median as (

    select ({{ quantiles('expected_interval_days', [0.5]) }})[1] as interval_days

    from rhythms

    where
        occasion_on <= {{ calibrated_to() }}
        and (next_occasion_on is null or next_occasion_on > {{ calibrated_to() }})

),

limits as (

    {%- for limit in limits %}
    select
        '{{ limit }}' as limit_name,
        parameters.{{ limit }}_limit as value,
        cast({{ var('lifecycle_quantiles')[limit] }} as numeric) as quantile,
        {{ rounded('parameters.' ~ limit ~ '_limit * cast(median.interval_days as numeric)', 2) }} as days_at_median,
        {{ configured(limit ~ '_limit') }} is not null as is_configured,
        parameters.is_calibrated

    from parameters

    cross join median

    union all
    {% endfor %}
    {%- for parameter in ['population_gap', 'prior_gaps'] %}
    select
        '{{ parameter }}' as limit_name,
        parameters.{{ parameter }} as value,
        cast(null as numeric) as quantile,
        cast({{ 'parameters.population_gap' if parameter == 'population_gap' else 'null' }} as numeric)
            as days_at_median,
        {{ configured(parameter) }} is not null as is_configured,
        parameters.is_calibrated

    from parameters

    union all
    {% endfor %}
    {%- for limit, name in settings.items() %}
    select
        '{{ limit }}' as limit_name,
        cast({{ var('lifecycle_' ~ name) }} as numeric) as value,
        cast(null as numeric) as quantile,
        cast(null as numeric) as days_at_median,
        true as is_configured,
        false as is_calibrated
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

),

final as (

    select
        -- ids
        limit_name,

        -- numerics
        value,
        case when is_calibrated and not is_configured then quantile end as quantile,
        case when is_calibrated then days_at_median end as days_at_median,

        -- booleans
        is_configured,

        -- timestamps
        case when is_calibrated and not is_configured then {{ calibrated_to() }} end as calibrated_to,
        {{ as_of_date() }} as as_of_date

    from limits

)

select * from final

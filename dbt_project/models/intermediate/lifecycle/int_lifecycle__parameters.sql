{{ config(
    materialized='table',
    pre_hook="{{ by_large_sort() }}",
    post_hook=["{{ refuse_descending_limits(this) }}", "{{ gather_statistics(this) }}"]
) }}

{%- set limits = ['danger', 'termination', 'interruption', 'ended'] -%}
{%- set bounds = var('lifecycle_prior_gaps_bounds') %}

-- read twice rather than written down in between: there is one per occasion
with gaps as not materialized (

    select
        customer_id,
        next_occasion_on - occasion_on as gap_days,
        occasion_on - first_occasion_on as days_of_own_gaps,
        occasion_number - 1 as own_gaps

    from {{ ref('int_lifecycle__occasions') }}

    where next_occasion_on <= {{ calibrated_to() }}

),

customer_gaps as (

    select
        cast(count(*) as numeric) as count_gaps,
        avg(gap_days) as mean_gap,
        sum(cast(gap_days as numeric) * gap_days) - cast(sum(gap_days) as numeric) * sum(gap_days) / count(*) as squares

    from gaps

    group by customer_id

),

-- The means of customers spread because customers differ, and because a mean of few gaps is off: by the variance within
-- customers ÷ their number. What is left over is the spread among customers.
spread as (

    select
        avg(mean_gap) as population_gap,
        sum(squares) / nullif(sum(count_gaps) - count(*), 0) as within,
        var_samp(mean_gap)
        - sum(squares) / nullif(sum(count_gaps) - count(*), 0) * avg(1 / count_gaps) as among

    from customer_gaps

),

population as (

    select
        coalesce(
            {{ configured('population_gap') }}, {{ calibrated('population_gap') }}, {{ fallback('population_gap') }}
        ) as population_gap,
        coalesce(
            {{ configured('prior_gaps') }},
            case
                when among > 0
                    then {{ calibrated('least(greatest(within / among, ' ~ bounds[0] ~ '), ' ~ bounds[1] ~ ')') }}
                when among <= 0 then {{ bounds[1] }}
            end,
            {{ fallback('prior_gaps') }}
        ) as prior_gaps,
        population_gap is not null as is_calibrated

    from spread

),

ratios as (

    select
        {{ quantiles(
            'gaps.gap_days / '
            ~ expected_interval('gaps.days_of_own_gaps', 'gaps.own_gaps', 'population.prior_gaps', 'population.population_gap'),
            [var('lifecycle_quantiles')[limits[0]], var('lifecycle_quantiles')[limits[1]],
             var('lifecycle_quantiles')[limits[2]], var('lifecycle_quantiles')[limits[3]]]
        ) }} as at_quantiles

    from gaps

    cross join population

),

limits as (

    select
        population.*,
        {%- for limit in limits %}
        coalesce(
            {{ configured(limit ~ '_limit') }},
            {{ calibrated('ratios.at_quantiles[' ~ loop.index ~ ']') }},
            {{ fallback(limit) }}
        ) as {{ limit }}_limit,
        {%- endfor %}
        {{ calibrated_to() }} as calibrated_to

    from population

    cross join ratios

),

final as (

    select
        -- text
        {{ limits_code() }} as limits_code,

        -- numerics
        population_gap,
        prior_gaps,
        {%- for limit in limits %}
        {{ limit }}_limit,
        {%- endfor %}

        -- booleans
        is_calibrated,

        -- timestamps
        calibrated_to

    from limits

)

select * from final

with occasions as (

    select * from {{ ref('int_lifecycle__occasions') }}

),

parameters as (

    select * from {{ ref('int_lifecycle__parameters') }}

),

expected as (

    select
        occasions.*,
        parameters.danger_limit,
        parameters.termination_limit,
        parameters.interruption_limit,
        {{ expected_interval(
            '(occasions.occasion_on - occasions.first_occasion_on)', '(occasions.occasion_number - 1)',
            'parameters.prior_gaps', 'parameters.population_gap'
        ) }} as expected_interval_days

    from occasions

    cross join parameters

),

windows as (

    select
        *,
        -- whole days, so that both windows have the same number of them
        cast(
            greatest(1, round({{ var('lifecycle_window_intervals') }} * expected_interval_days)) as integer
        ) as window_days

    from expected

),

final as (

    select
        -- ids
        customer_id,
        occasion_on,

        -- numerics
        occasion_number,
        expected_interval_days,
        window_days,

        -- timestamps
        last_ordered_at,
        first_occasion_on,
        next_occasion_on,
        -- the first day on which two windows lie between the first occasion and the day
        first_occasion_on + 2 * window_days - 1 as trend_known_on,
        -- days since ÷ interval > limit holds from the next whole day on
        {{ first_day_beyond('danger_limit') }} as danger_on,
        {{ first_day_beyond('termination_limit') }} as termination_on,
        {{ first_day_beyond('interruption_limit') }} as interruption_on

    from windows

)

select * from final

with ratings as (

    select * from {{ ref('int_satisfaction__ratings') }}

),

drivers as (

    select * from {{ source('estimates', 'attributes') }}

),

measured as (

    select
        period,
        instrument,
        attribute,
        rated_company,
        cast(sum(count_responses) as bigint) as responses,
        count(*) as respondents,
        avg(rating) as performance,
        var_samp(rating) / count(*) as variance,
        avg(importance) as stated_importance,
        count(importance) as count_importance,
        avg(need_gap) as need_gap,
        count(need_gap) as count_needs

    from ratings

    group by
        period,
        instrument,
        attribute,
        rated_company

),

-- weights compare within a questionnaire alone: the one that asks for most attributes tells the quarter
breadth as (

    select
        period,
        instrument,
        row_number() over (partition by period order by count(*) desc, instrument asc) as place

    from measured

    where rated_company = 'own'

    group by period, instrument

),

told as (

    select measured.*

    from measured

    inner join breadth
        on
            measured.period = breadth.period
            and measured.instrument = breadth.instrument

    where
        measured.rated_company = 'own'
        and breadth.place = 1

),

best_competitor as (

    select
        period,
        instrument,
        attribute,
        max({{ if_enough('performance', 'respondents') }}) as performance

    from measured

    where rated_company != 'own'

    group by period, instrument, attribute

),

joined as (

    select
        told.period,
        told.attribute,
        told.instrument,
        told.responses,
        told.respondents,
        {{ with_interval('performance', 'told.performance', 'told.variance', 'told.respondents', bounds=[0, 100]) }},
        {{ if_enough(published('told.stated_importance'), 'told.count_importance') }} as stated_importance,
        drivers.responses as driver_respondents,
        drivers.derived_importance,
        drivers.derived_importance_low,
        drivers.derived_importance_high,
        drivers.penalty,
        drivers.reward,
        {{ if_enough(published('told.performance - best_competitor.performance'), 'told.respondents') }}
            as competitor_gap,
        {{ if_enough(published('told.need_gap'), 'told.count_needs') }} as need_gap

    from told

    left join drivers
        on
            told.period = drivers.period
            and told.instrument = drivers.instrument
            and told.attribute = drivers.attribute

    left join best_competitor
        on
            told.period = best_competitor.period
            and told.instrument = best_competitor.instrument
            and told.attribute = best_competitor.attribute

),

-- grand means, over attributes that have both
split as (

    select
        *,
        avg(case when derived_importance is not null then performance end) over by_quarter as derived_performance,
        avg(case when performance is not null then derived_importance end) over by_quarter as mean_derived,
        avg(case when stated_importance is not null then performance end) over by_quarter as stated_performance,
        avg(case when performance is not null then stated_importance end) over by_quarter as mean_stated

    from joined

    window by_quarter as (partition by period)

),

final as (

    select
        -- ids
        period,
        attribute,

        -- text
        instrument,
        {{ quadrant('derived_importance', 'mean_derived', 'derived_performance') }} as quadrant,
        {{ quadrant('stated_importance', 'mean_stated', 'stated_performance') }} as stated_quadrant,
        case
            when greatest(penalty, reward) <= 0 then null
            when penalty - reward > {{ var('satisfaction_factor_cut') }} * (abs(penalty) + abs(reward)) then 'basic'
            when reward - penalty > {{ var('satisfaction_factor_cut') }} * (abs(penalty) + abs(reward))
                then 'excitement'
            when penalty is not null and reward is not null then 'performance'
        end as factor_kind,

        -- numerics
        responses,
        respondents,
        driver_respondents,
        stated_importance,
        derived_importance,
        derived_importance_low,
        derived_importance_high,
        performance,
        performance_low,
        performance_high,
        penalty,
        reward,
        competitor_gap,
        need_gap,

        -- booleans
        {{ is_period_complete('period', 'quarter') }} as is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from split

)

select * from final

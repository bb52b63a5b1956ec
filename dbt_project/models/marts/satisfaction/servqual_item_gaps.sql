with service_gaps as (

    select * from {{ ref('int_satisfaction__service_gaps') }}

),

customer_value as (

    select * from {{ ref('int_satisfaction__customer_value') }}

),

survey_questions as (

    {{ fact('survey_questions') }}

),

-- who answers about several contacts is one respondent
respondents as (

    select
        period,
        instrument,
        item_code,
        respondent_id,
        customer_id,
        count(*) as count_responses,
        avg(expectation) as expectation,
        avg(perception) as perception,
        avg(gap) as gap,
        avg(importance) as importance

    from service_gaps

    where respondent_role = 'customer'

    group by
        period,
        instrument,
        item_code,
        respondent_id,
        customer_id

),

valued as (

    {{ valued_respondents() }}

),

sums as (

    select
        period,
        instrument,
        item_code,
        cast(sum(count_responses) as bigint) as responses,
        count(*) as respondents,
        avg(expectation) as expectation_mean,
        avg(perception) as perception_mean,
        avg(gap) as gap,
        var_samp(gap) / count(*) as variance,
        {{ weighted_sums('gap', 'value') }},
        avg(importance) as importance

    from valued

    group by period, instrument, item_code

),

shared as (

    select
        *,
        sum(importance) over (partition by period, instrument) as total_importance,
        {{ weighted_mean() }} as weighted_mean

    from sums

),

final as (

    select
        -- ids
        shared.period,
        shared.item_code,

        -- text
        survey_questions.dimension,
        survey_questions.attribute,

        -- numerics
        shared.responses,
        shared.respondents,
        {{ if_enough(published('shared.expectation_mean'), 'shared.respondents') }} as expectation_mean,
        {{ if_enough(published('shared.perception_mean'), 'shared.respondents') }} as perception_mean,
        {{ with_interval('gap', 'shared.gap', 'shared.variance', 'shared.respondents') }},
        {{ if_enough(published('shared.weighted_mean'), 'shared.count_weights') }} as value_weighted_gap,
        {{ published('shared.importance / nullif(shared.total_importance, 0)') }} as importance,
        {{ if_enough(
            published('shared.gap * shared.importance / nullif(shared.total_importance, 0)'), 'shared.respondents'
        ) }} as weighted_gap,

        -- booleans
        {{ is_period_complete('shared.period', 'quarter') }} as is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from shared

    inner join survey_questions
        on
            shared.instrument = survey_questions.instrument
            and shared.item_code = survey_questions.item_code

)

select * from final

{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with survey_answers as (

    {{ fact('survey_answers') }}

),

survey_questions as (

    {{ fact('survey_questions') }}

),

responses as (

    select * from {{ ref('int_satisfaction__responses') }}

),

final as (

    select
        -- ids
        responses.period,
        responses.respondent_id,
        survey_answers.item_code,

        -- text
        {{ construct_of('survey_questions.dimension') }} as construct,

        -- numerics
        {{ published('avg(survey_answers.score_100)') }} as score

    from survey_answers

    inner join survey_questions
        on
            survey_answers.instrument = survey_questions.instrument
            and survey_answers.item_code = survey_questions.item_code

    inner join responses
        on survey_answers.response_id = responses.response_id

    where
        survey_questions.instrument = '{{ var("satisfaction_acsi_instrument") }}'
        and survey_answers.score_100 is not null
        and {{ construct_of('survey_questions.dimension') }} is not null
        and responses.is_counted
        and responses.respondent_role = 'customer'
        and responses.rated_company = 'own'

    group by
        responses.period,
        responses.respondent_id,
        survey_answers.item_code,
        {{ construct_of('survey_questions.dimension') }}

)

select * from final

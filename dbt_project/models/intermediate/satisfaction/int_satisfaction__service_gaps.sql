{{ config(
    materialized='table', unlogged=true,
    pre_hook="{{ without_loops() }}",
    post_hook="{{ gather_statistics(this) }}"
) }}

with survey_answers as (

    {{ fact('survey_answers') }}

),

survey_questions as (

    {{ fact('survey_questions') }}

),

responses as (

    select * from {{ ref('int_satisfaction__responses') }}

),

answers as (

    select
        survey_answers.response_id,
        survey_answers.instrument,
        survey_answers.item_code,
        survey_questions.dimension,
        survey_answers.importance,
        {{ turned_score('survey_answers.score', 'survey_questions') }} as perception,
        {{ turned_score('survey_answers.expectation_score', 'survey_questions') }} as expectation

    from survey_answers

    inner join survey_questions
        on
            survey_answers.instrument = survey_questions.instrument
            and survey_answers.item_code = survey_questions.item_code

    where
        survey_questions.instrument = '{{ var("satisfaction_gap_instrument") }}'
        and survey_questions.item_role = 'attribute'

),

final as (

    select
        -- ids
        answers.response_id,
        answers.item_code,
        responses.customer_id,
        responses.respondent_id,

        -- text
        answers.instrument,
        answers.dimension,
        responses.respondent_role,

        -- numerics
        answers.expectation,
        answers.perception,
        answers.perception - answers.expectation as gap,
        answers.importance,

        -- timestamps
        responses.period

    from answers

    inner join responses
        on answers.response_id = responses.response_id

    where
        responses.is_counted
        and responses.rated_company = 'own'
        and answers.expectation is not null
        -- a customer tells what was and what should be, the management what it believes customers want
        and (answers.perception is not null or responses.respondent_role != 'customer')

)

select * from final

{{ config(
    unique_key=['response_id', 'item_code'],
    meta={'touched_by': ['customer_id'], 'indexed': ['customer_id', ['instrument', 'item_code', 'submitted_on']]}
) }}

-- depends_on: {{ ref('int_changes__customers') }}

with survey_responses as (

    select * from {{ ref('int_survey_responses__returned') }}

),

survey_answers as (

    select * from {{ ref('input_layer__survey_answers') }}

),

survey_items as (

    select * from {{ ref('input_layer__survey_items') }}

),

final as (

    select
        -- ids
        survey_responses.response_id,
        survey_answers.item_code,
        survey_responses.source,
        survey_responses.customer_id,
        survey_responses.employee_id,
        survey_responses.order_id,
        survey_responses.contact_id,

        -- text
        survey_responses.respondent_role,
        survey_responses.instrument,
        survey_responses.rated_company,
        survey_items.dimension,
        survey_items.attribute,
        survey_items.item_role,
        -- free words stay in the input layer: they may hold personal data
        survey_answers.answer_code,

        -- numerics
        survey_answers.score,
        survey_answers.expectation_score,
        survey_answers.importance,
        survey_answers.need_score,
        {{ score_100('survey_answers.score', 'survey_items') }} as score_100,
        {{ score_100('survey_answers.expectation_score', 'survey_items') }} as expectation_100,
        {{ score_100('survey_answers.need_score', 'survey_items') }} as need_100,

        -- booleans
        coalesce(survey_items.is_reversed, false) as reversed,

        -- timestamps
        survey_responses.submitted_at,
        survey_responses.submitted_on,

        -- releases
        {{ release_columns() }}

    from survey_responses

    inner join survey_answers
        on survey_responses.response_id = survey_answers.response_id

    left join survey_items
        on
            survey_responses.instrument = survey_items.instrument
            and survey_answers.item_code = survey_items.item_code

)

select * from final

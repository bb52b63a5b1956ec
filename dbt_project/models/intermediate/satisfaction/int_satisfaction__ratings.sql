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

-- the index asks for its constructs and not for attributes
items as (

    select
        instrument,
        item_code,
        attribute,
        item_role

    from survey_questions

    where
        item_role in ('attribute', 'overall')
        and instrument != '{{ var("satisfaction_acsi_instrument") }}'

),

answers as (

    select
        survey_answers.response_id,
        items.attribute,
        items.item_role,
        survey_answers.score_100,
        survey_answers.importance,
        survey_answers.score_100 - survey_answers.need_100 as need_gap

    from survey_answers

    inner join items
        on
            survey_answers.instrument = items.instrument
            and survey_answers.item_code = items.item_code

    where survey_answers.score_100 is not null

),

overall as (

    select
        response_id,
        avg(score_100) as overall

    from answers

    where item_role = 'overall'

    group by response_id

),

ratings as (

    select
        response_id,
        attribute,
        avg(score_100) as rating,
        avg(importance) as importance,
        avg(need_gap) as need_gap

    from answers

    where item_role = 'attribute'

    group by response_id, attribute

),

final as (

    select
        -- ids
        ratings.response_id,
        responses.period,
        responses.instrument,
        ratings.attribute,

        -- numerics
        {{ published('ratings.rating') }} as rating,
        {{ published('overall.overall') }} as overall,
        {{ published('ratings.importance') }} as importance,
        {{ published('ratings.need_gap') }} as need_gap,

        -- text
        responses.rated_company

    from ratings

    inner join overall
        on ratings.response_id = overall.response_id

    inner join responses
        on ratings.response_id = responses.response_id

    where
        responses.is_counted
        and responses.respondent_role = 'customer'

)

select * from final

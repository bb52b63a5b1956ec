{{ config(
    materialized='incremental', incremental_strategy='kept', schema='kept', unlogged=true,
    pre_hook="{{ without_loops() }}",
    post_hook="{{ gather_statistics(this) }}"
) }}

with survey_answers as (

    {{ fact_of_touched('survey_answers') }}

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

-- who answers about several orders is one respondent
wholes as (

    select
        responses.period,
        responses.instrument,
        responses.rated_company,
        responses.respondent_id,
        avg(overall.overall) as overall

    from overall

    inner join responses
        on overall.response_id = responses.response_id

    where
        responses.is_counted
        and responses.respondent_role = 'customer'

    group by
        responses.period,
        responses.instrument,
        responses.rated_company,
        responses.respondent_id

),

respondents as (

    select
        responses.period,
        responses.instrument,
        responses.rated_company,
        responses.respondent_id,
        responses.customer_id,
        ratings.attribute,
        count(*) as count_responses,
        avg(ratings.rating) as rating,
        avg(ratings.importance) as importance,
        avg(ratings.need_gap) as need_gap

    from ratings

    inner join overall
        on ratings.response_id = overall.response_id

    inner join responses
        on ratings.response_id = responses.response_id

    where
        responses.is_counted
        and responses.respondent_role = 'customer'

    group by
        responses.period,
        responses.instrument,
        responses.rated_company,
        responses.respondent_id,
        responses.customer_id,
        ratings.attribute

),

final as (

    select
        -- ids
        respondents.period,
        respondents.instrument,
        respondents.rated_company,
        respondents.respondent_id,
        respondents.customer_id,
        respondents.attribute,

        -- numerics
        respondents.count_responses,
        {{ published('respondents.rating') }} as rating,
        {{ published('wholes.overall') }} as overall,
        {{ published('respondents.importance') }} as importance,
        {{ published('respondents.need_gap') }} as need_gap

    from respondents

    inner join wholes
        on
            respondents.period = wholes.period
            and respondents.instrument = wholes.instrument
            and respondents.rated_company = wholes.rated_company
            and respondents.respondent_id = wholes.respondent_id

)

select * from final

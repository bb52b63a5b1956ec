{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with survey_answers as (

    {{ fact('survey_answers') }}

),

responses as (

    select * from {{ ref('int_satisfaction__responses') }}

),

final as (

    select
        -- ids
        responses.response_id,
        responses.customer_id,

        -- numerics
        avg(case when survey_answers.item_role = 'overall' then survey_answers.score_100 end) as satisfaction,
        avg(case when survey_answers.item_role = 'recommendation' then survey_answers.score_100 end) as recommendation,
        {{ lower_score('survey_answers') }} as lower_score,

        -- timestamps
        responses.period,
        responses.submitted_at,
        responses.submitted_on

    from survey_answers

    inner join responses
        on survey_answers.response_id = responses.response_id

    where
        survey_answers.item_role in ('overall', 'recommendation')
        and survey_answers.score_100 is not null
        and responses.customer_id is not null
        and responses.is_counted
        and responses.respondent_role = 'customer'
        and responses.rated_company = 'own'

    group by
        responses.response_id,
        responses.customer_id,
        responses.period,
        responses.submitted_at,
        responses.submitted_on

)

select * from final

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

items as (

    select
        instrument,
        item_code,
        dimension,
        coalesce(weight, 1) as weight,
        item_role = 'complaint' as is_complaint,
        max(case when item_role = 'overall' then 1 else 0 end) over (partition by instrument, dimension) as is_overall,
        count(*) over (partition by instrument, dimension) as count_items

    from survey_questions

    where
        item_role in ({{ quoted(var('satisfaction_scored_roles')) }}, 'complaint')
        and scale_min is not null

),

answered as (

    select
        survey_answers.response_id,
        items.dimension,
        items.count_items,
        items.is_complaint,
        items.is_overall,
        count(*) as count_answers,
        sum(items.weight * survey_answers.score_100) as weighted_score,
        sum(items.weight) as weight

    from survey_answers

    inner join items
        on
            survey_answers.instrument = items.instrument
            and survey_answers.item_code = items.item_code

    where survey_answers.score_100 is not null

    group by
        survey_answers.response_id,
        items.dimension,
        items.count_items,
        items.is_complaint,
        items.is_overall

),

final as (

    select
        -- ids
        responses.response_id,
        responses.customer_id,

        -- text
        responses.respondent_role,
        responses.rated_company,
        responses.instrument,
        answered.dimension,

        -- numerics
        {{ ratio('answered.weighted_score', 'answered.weight') }} as score,

        -- booleans
        answered.is_complaint,
        answered.is_overall = 1 as is_overall,

        -- timestamps
        responses.period,
        responses.submitted_on

    from answered

    inner join responses
        on answered.response_id = responses.response_id

    where
        responses.is_counted
        and answered.weight > 0
        and answered.count_answers >= {{ var('satisfaction_minimum_item_share') }} * answered.count_items

)

select * from final

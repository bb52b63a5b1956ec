{{ config(
    materialized='incremental', incremental_strategy='kept', schema='kept', unlogged=true,
    pre_hook="{{ without_loops() }}",
    post_hook="{{ gather_statistics(this) }}"
) }}

with survey_answers as (

    {{ fact_of_touched('survey_answers', or_nobodys=false) }}

),

survey_questions as (

    {{ fact('survey_questions') }}

),

responses as (

    select * from {{ ref('int_satisfaction__responses') }}

),

answers as (

    select
        responses.customer_id,
        responses.response_id,
        responses.submitted_at,
        survey_answers.instrument,
        survey_questions.dimension,
        survey_questions.attribute,
        survey_questions.item_role,
        coalesce(survey_questions.weight, 1) as weight,
        {{ turned_score('survey_answers.score', 'survey_questions') }} as score,
        survey_answers.score_100,
        survey_answers.score_100 - survey_answers.expectation_100 as difference,
        survey_answers.answer_code

    from survey_answers

    inner join survey_questions
        on
            survey_answers.instrument = survey_questions.instrument
            and survey_answers.item_code = survey_questions.item_code

    inner join responses
        on survey_answers.response_id = responses.response_id

    where
        responses.is_counted
        and responses.customer_id is not null
        and responses.respondent_role = 'customer'
        and responses.rated_company = 'own'

),

response_sums as (

    select
        customer_id,
        response_id,
        instrument,
        submitted_at,
        avg(case when dimension in ({{ quoted(var('satisfaction_attitude_dimensions')) }}) then score_100 end)
            as attitude_score,
        max(case when item_role = 'wallet_share' then score_100 end) / 100 as wallet_share,
        avg(difference) as disconfirmation,
        sum(case when item_role = 'benefit' then weight * score end) as benefits,
        sum(case when item_role = 'cost' then weight * score end) as costs,
        count(case when item_role in ('benefit', 'cost') and score is not null then 1 end) as count_value_answers,
        max(case when item_role = 'outcome' and attribute = 'own' then score end) as own_outcome,
        max(case when item_role = 'input' and attribute = 'own' then score end) as own_input,
        max(case when item_role = 'outcome' and attribute = 'others' then score end) as others_outcome,
        max(case when item_role = 'input' and attribute = 'others' then score end) as others_input,
        avg(case when dimension = 'procedural' then score_100 end) as equity_procedural,
        avg(
            case
                when instrument = '{{ var("satisfaction_equity_instrument") }}' and dimension = 'interactional'
                    then score_100
            end
        ) as equity_interactional,
        max(
            case
                when instrument = '{{ var("satisfaction_loyalty_instrument") }}' and item_role = 'reason'
                    then answer_code
            end
        ) as loyalty_source

    from answers

    group by
        customer_id,
        response_id,
        instrument,
        submitted_at

),

-- value is a ratio of two whole sums: an item left out of a questionnaire would tip it
value_items as (

    select
        instrument,
        count(*) as count_items

    from survey_questions

    where item_role in ('benefit', 'cost')

    group by instrument

),

measured as (

    select
        response_sums.*,
        case
            when response_sums.count_value_answers = value_items.count_items
                then response_sums.benefits / nullif(response_sums.costs, 0)
        end as perceived_value,
        response_sums.own_outcome / nullif(response_sums.own_input, 0)
        / nullif(response_sums.others_outcome / nullif(response_sums.others_input, 0), 0) as equity_distributive

    from response_sums

    left join value_items
        on response_sums.instrument = value_items.instrument

),

-- of each measure the latest word
final as (

    select
        customer_id,
        {%- for measure in [
            'attitude_score', 'wallet_share', 'disconfirmation', 'perceived_value', 'equity_distributive', 'equity_procedural',
            'equity_interactional'
        ] %}
        {{ published(latest_told(measure)) }} as {{ measure }},
        {%- endfor %}
        {{ latest_told('loyalty_source') }} as loyalty_source

    from measured

    group by customer_id

)

select * from final

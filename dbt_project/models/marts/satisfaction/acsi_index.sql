with survey_answers as (

    {{ fact('survey_answers') }}

),

survey_questions as (

    {{ fact('survey_questions') }}

),

responses as (

    select * from {{ ref('int_satisfaction__responses') }}

),

index_weights as (

    select * from {{ source('estimates', 'index_weights') }}

),

scores as (

    select * from {{ ref('int_satisfaction__scores') }}

),

customer_value as (

    select * from {{ ref('int_satisfaction__customer_value') }}

),

customers as (

    select * from {{ ref('input_layer__customers') }}

),

items as (

    select
        instrument,
        item_code,
        coalesce(weight, 1) as weight,
        count(*) over () as count_items

    from survey_questions

    where
        instrument = '{{ var("satisfaction_acsi_instrument") }}'
        and item_role = 'overall'
        and scale_min is not null

),

-- estimated weights where the sample allows, else those of the questionnaire, which are equal
indices as (

    select
        survey_answers.response_id,
        sum(coalesce(index_weights.weight, items.weight) * survey_answers.score_100)
        / nullif(sum(coalesce(index_weights.weight, items.weight)), 0) as acsi,
        count(index_weights.weight) as count_estimated

    from survey_answers

    inner join items
        on
            survey_answers.instrument = items.instrument
            and survey_answers.item_code = items.item_code

    inner join responses
        on survey_answers.response_id = responses.response_id

    left join index_weights
        on
            responses.period = index_weights.period
            and survey_answers.item_code = index_weights.item_code

    where survey_answers.score_100 is not null

    group by survey_answers.response_id, items.count_items

    having count(*) >= {{ var('satisfaction_minimum_item_share') }} * items.count_items

),

chain as (

    select
        response_id,
        max(case when dimension = 'expectations' then score end) as expectations,
        max(case when dimension = 'perceived_quality' then score end) as perceived_quality,
        max(case when dimension = 'perceived_value' then score end) as perceived_value,
        max(case when dimension = 'complaints' then score end) as complaints,
        max(case when dimension = 'loyalty' then score end) as loyalty

    from scores

    where instrument = '{{ var("satisfaction_acsi_instrument") }}'

    group by response_id

),

-- who answers about several orders is one respondent; who says of one of them to have complained has complained
respondents as (

    select
        responses.period,
        responses.respondent_id,
        responses.customer_id,
        count(*) as count_responses,
        max(indices.count_estimated) as count_estimated,
        avg(indices.acsi) as acsi,
        avg(chain.expectations) as expectations,
        avg(chain.perceived_quality) as perceived_quality,
        avg(chain.perceived_value) as perceived_value,
        max(chain.complaints) as complaints,
        avg(chain.loyalty) as loyalty

    from indices

    inner join responses
        on indices.response_id = responses.response_id

    left join chain
        on indices.response_id = chain.response_id

    where
        responses.is_counted
        and responses.respondent_role = 'customer'
        and responses.rated_company = 'own'
        -- answers to items of weight 0 alone tell nothing
        and indices.acsi is not null

    group by
        responses.period,
        responses.respondent_id,
        responses.customer_id

),

measured as (

    select
        respondents.*,
        coalesce(customers.segment, 'unknown') as segment,
        {{ respondent_value('respondents.customer_id') }} as value

    from respondents

    left join customers
        on respondents.customer_id = customers.customer_id

    left join customer_value
        on
            respondents.customer_id = customer_value.customer_id
            and respondents.period = customer_value.period

),

sums as (

    select
        period,
        coalesce(segment, 'all') as segment,
        cast(sum(count_responses) as bigint) as responses,
        count(*) as respondents,
        max(count_estimated) as count_estimated,
        avg(acsi) as mean_acsi,
        var_samp(acsi) / count(*) as variance,
        {{ weighted_sums('acsi', 'value') }},
        avg(expectations) as expectations,
        avg(perceived_quality) as perceived_quality,
        avg(perceived_value) as perceived_value,
        avg(complaints) / 100 as complaint_rate,
        avg(loyalty) as loyalty

    from measured

    group by grouping sets ((period, segment), (period))

),

final as (

    select
        -- ids
        period,
        segment,

        -- text
        case when count_estimated > 0 then 'estimated' else 'equal' end as weighting,

        -- numerics
        responses,
        respondents,
        {{ with_interval('acsi', 'mean_acsi', 'variance', 'respondents', bounds=[0, 100]) }},
        {{ with_interval(
            'value_weighted_acsi', weighted_mean(), weighted_variance(), 'count_weights', bounds=[0, 100],
            degrees=weighted_degrees()
        ) }},
        {{ if_enough(published('expectations'), 'respondents') }} as expectations,
        {{ if_enough(published('perceived_quality'), 'respondents') }} as perceived_quality,
        {{ if_enough(published('perceived_value'), 'respondents') }} as perceived_value,
        {{ if_enough(published('complaint_rate'), 'respondents') }} as complaint_rate,
        {{ if_enough(published('loyalty'), 'respondents') }} as loyalty,

        -- booleans
        {{ is_period_complete('period', 'quarter') }} as is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from sums

)

select * from final

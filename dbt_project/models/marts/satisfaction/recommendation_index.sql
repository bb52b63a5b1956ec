with survey_answers as (

    {{ fact('survey_answers') }}

),

responses as (

    select * from {{ ref('int_satisfaction__responses') }}

),

customer_value as (

    select * from {{ ref('int_satisfaction__customer_value') }}

),

customers as (

    select * from {{ ref('input_layer__customers') }}

),

answers as (

    select
        response_id,
        avg(score_100) as score

    from survey_answers

    where
        item_role = 'recommendation'
        and score_100 is not null

    group by response_id

),

-- who answers about several orders is one respondent
respondents as (

    select
        responses.period,
        responses.respondent_id,
        responses.customer_id,
        avg(answers.score) as score

    from answers

    inner join responses
        on answers.response_id = responses.response_id

    where
        responses.is_counted
        and responses.respondent_role = 'customer'
        and responses.rated_company = 'own'

    group by
        responses.period,
        responses.respondent_id,
        responses.customer_id

),

opinions as (

    select
        respondents.period,
        coalesce(customers.segment, 'unknown') as segment,
        {{ respondent_value('respondents.customer_id') }} as value,
        case
            when respondents.score >= {{ var('satisfaction_promoter_score') }} then 100
            when respondents.score >= {{ var('satisfaction_passive_score') }} then 0
            else -100
        end as opinion

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
        count(case when opinion > 0 then 1 end) as promoters,
        count(case when opinion = 0 then 1 end) as passives,
        count(case when opinion < 0 then 1 end) as detractors,
        count(*) as responses,
        avg(opinion) as mean_opinion,
        var_samp(opinion) / count(*) as variance,
        {{ weighted_sums('opinion', 'value') }}

    from opinions

    group by grouping sets ((period, segment), (period))

),

final as (

    select
        -- ids
        period,
        segment,

        -- numerics
        promoters,
        passives,
        detractors,
        responses,
        {{ with_interval('nps', 'mean_opinion', 'variance', 'responses', bounds=[-100, 100]) }},
        {{ with_interval(
            'value_weighted_nps', weighted_mean(), weighted_variance(), 'count_weights', bounds=[-100, 100],
            degrees=weighted_degrees()
        ) }},

        -- booleans
        {{ is_period_complete('period', 'quarter') }} as is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from sums

)

select * from final

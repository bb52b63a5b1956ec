{{ config(pre_hook="{{ without_loops() }}") }}

{%- set staff_gaps = {
    'specification': 'specification_gap', 'delivery': 'delivery_gap', 'promise': 'communication_gap'
} -%}

with service_gaps as (

    select * from {{ ref('int_satisfaction__service_gaps') }}

),

customer_value as (

    select * from {{ ref('int_satisfaction__customer_value') }}

),

survey_questions as (

    {{ fact('survey_questions') }}

),

-- one for each questionnaire: all answers, read for both, would be written down
customers_answers as (

    select * from ({{ fact('survey_answers') }}) as survey_answers

    where instrument = '{{ var("satisfaction_gap_instrument") }}'

),

staff_answers as (

    select * from ({{ fact('survey_answers') }}) as survey_answers

    where instrument = '{{ var("satisfaction_staff_instrument") }}'

),

responses as (

    select * from {{ ref('int_satisfaction__responses') }}

),

dimensions as (

    select
        instrument,
        dimension,
        count(*) as count_items,
        min(scale_min) as scale_min,
        max(scale_max) as scale_max

    from survey_questions

    where
        instrument = '{{ var("satisfaction_gap_instrument") }}'
        and item_role = 'attribute'

    group by instrument, dimension

),

told as (

    select
        service_gaps.period,
        service_gaps.dimension,
        service_gaps.response_id,
        service_gaps.respondent_id,
        service_gaps.customer_id,
        service_gaps.respondent_role,
        avg(service_gaps.expectation) as expectation,
        avg(service_gaps.perception) as perception,
        avg(service_gaps.gap) as gap

    from service_gaps

    inner join dimensions
        on service_gaps.dimension = dimensions.dimension

    group by
        service_gaps.period,
        service_gaps.dimension,
        service_gaps.response_id,
        service_gaps.respondent_id,
        service_gaps.customer_id,
        service_gaps.respondent_role,
        dimensions.count_items

    having count(*) >= {{ var('satisfaction_minimum_item_share') }} * dimensions.count_items

),

-- who answers about several contacts is one respondent
respondents as (

    select
        period,
        dimension,
        respondent_id,
        customer_id,
        respondent_role,
        count(*) as count_responses,
        avg(expectation) as expectation,
        avg(perception) as perception,
        avg(gap) as gap

    from told

    group by
        period,
        dimension,
        respondent_id,
        customer_id,
        respondent_role

),

valued as (

    {{ valued_respondents() }}

    where respondents.respondent_role = 'customer'

),

sums as (

    select
        period,
        dimension,
        cast(sum(count_responses) as bigint) as responses,
        count(*) as respondents,
        avg(expectation) as expectation_mean,
        avg(perception) as perception_mean,
        avg(gap) as gap,
        var_samp(gap) / count(*) as variance,
        {{ weighted_sums('gap', 'value') }}

    from valued

    group by period, dimension

),

-- points that customers share out over the dimensions
points as (

    select
        responses.period,
        survey_questions.dimension,
        responses.respondent_id,
        avg(customers_answers.score) as points

    from customers_answers

    inner join survey_questions
        on
            customers_answers.instrument = survey_questions.instrument
            and customers_answers.item_code = survey_questions.item_code

    inner join responses
        on customers_answers.response_id = responses.response_id

    where
        survey_questions.item_role = 'dimension_importance'
        and customers_answers.score between survey_questions.scale_min and survey_questions.scale_max
        and responses.is_counted
        and responses.respondent_role = 'customer'
        and responses.rated_company = 'own'

    group by
        responses.period,
        survey_questions.dimension,
        responses.respondent_id

),

importance as (

    select
        period,
        dimension,
        avg(points) / nullif(sum(avg(points)) over (partition by period), 0) as importance

    from points

    group by period, dimension

),

believed as (

    select
        period,
        dimension,
        count(*) as manager_responses,
        avg(expectation) as manager_expectation_mean

    from respondents

    where respondent_role = 'manager'

    group by period, dimension

),

-- what the staff say about their own side of a dimension, as a shortfall from the top of its scale
staff_members as (

    select
        responses.period,
        survey_questions.dimension,
        {%- for attribute, gap in staff_gaps.items() %}
        avg(
            case
                when survey_questions.attribute = '{{ attribute }}'
                    then staff_answers.score - survey_questions.scale_max
            end
        ) as {{ gap }},
        {%- endfor %}
        responses.respondent_id

    from staff_answers

    inner join survey_questions
        on
            staff_answers.instrument = survey_questions.instrument
            and staff_answers.item_code = survey_questions.item_code

    inner join responses
        on staff_answers.response_id = responses.response_id

    where
        staff_answers.score between survey_questions.scale_min and survey_questions.scale_max
        and responses.is_counted
        and responses.respondent_role in ('manager', 'employee')

    group by
        responses.period,
        survey_questions.dimension,
        responses.respondent_id

),

staff as (

    select
        period,
        dimension,
        {%- for gap in staff_gaps.values() %}
        count({{ gap }}) as {{ gap }}_responses,
        avg({{ gap }}) as {{ gap }},
        {%- endfor %}
        count(*) as staff_responses

    from staff_members

    group by period, dimension

),

measured as (

    select
        sums.period,
        sums.dimension,
        sums.responses,
        sums.respondents,
        sums.count_weights,
        sums.expectation_mean,
        sums.perception_mean,
        sums.gap,
        sums.variance,
        {{ weighted_mean() }} as value_weighted_gap,
        importance.importance

    from sums

    left join importance
        on
            sums.period = importance.period
            and sums.dimension = importance.dimension

),

-- the whole: every dimension by its importance. Variances are added as if the dimensions moved together, so its interval is
-- rather too wide than too narrow.
overall as (

    select
        period,
        'overall' as dimension,
        min(responses) as responses,
        min(respondents) as respondents,
        min(count_weights) as count_weights,
        sum(importance * expectation_mean) as expectation_mean,
        sum(importance * perception_mean) as perception_mean,
        sum(importance * gap) as gap,
        power(sum(importance * sqrt(variance)), 2) as variance,
        sum(importance * value_weighted_gap) as value_weighted_gap,
        sum(importance) as importance

    from measured

    group by period

    having
        count(importance) = (select count(*) from dimensions)
        and count(*) = (select count(*) from dimensions)

),

together as (

    select * from measured
    union all
    select * from overall

),

final as (

    select
        -- ids
        together.period,
        together.dimension,

        -- numerics
        together.responses,
        together.respondents,
        {{ if_enough(published('together.expectation_mean'), 'together.respondents') }} as expectation_mean,
        {{ if_enough(published('together.perception_mean'), 'together.respondents') }} as perception_mean,
        {{ with_interval('gap', 'together.gap', 'together.variance', 'together.respondents') }},
        {{ if_enough(published('together.value_weighted_gap'), 'together.count_weights') }} as value_weighted_gap,
        {{ published('together.importance') }} as importance,
        {{ if_enough(published('together.importance * together.gap'), 'together.respondents') }} as weighted_gap,
        coalesce(believed.manager_responses, 0) as manager_responses,
        {{ if_enough(published('believed.manager_expectation_mean'), 'believed.manager_responses') }}
            as manager_expectation_mean,
        {{ if_enough(
            published('believed.manager_expectation_mean - together.expectation_mean'),
            'least(believed.manager_responses, together.respondents)'
        ) }}
            as knowledge_gap,
        coalesce(staff.staff_responses, 0) as staff_responses,
        {%- for gap in staff_gaps.values() %}
        {{ if_enough(published('staff.' ~ gap), 'staff.' ~ gap ~ '_responses') }} as {{ gap }},
        {%- endfor %}

        -- booleans
        {{ is_period_complete('together.period', 'quarter') }} as is_complete,

        -- timestamps
        {{ as_of_date() }} as as_of_date

    from together

    left join believed
        on
            together.period = believed.period
            and together.dimension = believed.dimension

    left join staff
        on
            together.period = staff.period
            and together.dimension = staff.dimension

)

select * from final

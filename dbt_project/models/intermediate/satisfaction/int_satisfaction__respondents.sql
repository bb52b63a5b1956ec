{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with scores as (

    select * from {{ ref('int_satisfaction__scores') }}

),

customer_value as (

    select * from {{ ref('int_satisfaction__customer_value') }}

),

-- besides every questionnaire of its own, all questions about the whole together
told as (

    select
        response_id,
        customer_id,
        period,
        instrument,
        dimension,
        submitted_on,
        score

    from scores

    where
        respondent_role = 'customer'
        and rated_company = 'own'
        and not is_complaint

    union all

    select
        response_id,
        customer_id,
        period,
        'all' as instrument,
        'overall' as dimension,
        submitted_on,
        score

    from scores

    where
        respondent_role = 'customer'
        and rated_company = 'own'
        and is_overall

),

-- who answers about several orders is one respondent
respondents as (

    select
        period,
        instrument,
        dimension,
        customer_id,
        coalesce(customer_id, response_id) as respondent_id,
        count(*) as count_responses,
        max(submitted_on) as last_submitted_on,
        avg(score) as score

    from told

    group by
        period,
        instrument,
        dimension,
        customer_id,
        coalesce(customer_id, response_id)

),

valued as (

    {{ valued_respondents() }}

),

ranked as (

    select
        *,
        count(value) over by_dimension as count_valued,
        sum(value) over by_dimension as total_value,
        row_number() over (
            partition by period, instrument, dimension
            order by value desc nulls last, respondent_id asc
        ) as place

    from valued

    window by_dimension as (partition by period, instrument, dimension)

),

final as (

    select
        -- ids
        period,
        instrument,
        dimension,
        respondent_id,
        customer_id,

        -- numerics
        count_responses,
        {{ published('score') }} as score,
        value,
        {{ published('value * count_valued / nullif(total_value, 0)') }} as weight,
        case when value is not null then place end as place,

        -- booleans
        case
            when value is not null then value > 0 and place <= {{ var('satisfaction_high_value_share') }} * count_valued
        end as is_high_value,

        -- timestamps
        last_submitted_on

    from ranked

)

select * from final

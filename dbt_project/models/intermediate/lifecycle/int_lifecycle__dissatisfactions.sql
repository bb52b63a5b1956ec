{{ config(materialized='table', unlogged=true, post_hook="{{ gather_statistics(this) }}") }}

with survey_answers as (

    {{ fact('survey_answers') }}

),

contacts as (

    {{ fact('contacts') }}

),

responses as (

    select
        response_id,
        customer_id,
        submitted_at,
        submitted_on,
        {{ lower_score() }} as score

    from survey_answers

    where
        item_role in ('overall', 'recommendation')
        and coalesce(respondent_role, 'customer') = 'customer'
        and coalesce(rated_company, 'own') = 'own'
        and customer_id is not null
        and score_100 is not null

    group by response_id, customer_id, submitted_at, submitted_on

),

-- of one day the last
ranked as (

    select
        *,
        row_number() over (partition by customer_id, submitted_on order by submitted_at desc, response_id desc) as place

    from responses

),

scores as (

    select
        response_id,
        customer_id,
        submitted_on,
        score,
        lead(submitted_on) over (partition by customer_id order by submitted_on) as next_submitted_on

    from ranked

    where place = 1

),

spans as (

    select
        customer_id,
        'low_score' as reason_code,
        response_id as evidence_id,
        {{ rounded('score', 2) }} as score,
        submitted_on as happened_on,
        submitted_on as valid_from,
        -- LEAST passes over NULL
        least(next_submitted_on, submitted_on + {{ var('lifecycle_score_validity_days') }} + 1) as valid_to

    from scores

    where score <= {{ var('lifecycle_low_score') }}

    union all

    select
        customer_id,
        'open_complaint' as reason_code,
        contact_id as evidence_id,
        cast(null as numeric) as score,
        contacted_on as happened_on,
        contacted_on + {{ var('lifecycle_complaint_limit_days') }} + 1 as valid_from,
        cast(resolved_at as date) as valid_to

    from contacts

    where
        kind = 'complaint'
        and customer_id is not null

),

final as (

    select * from spans

    where valid_to is null or valid_from < valid_to

)

select * from final

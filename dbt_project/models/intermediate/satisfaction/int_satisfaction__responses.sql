{{ config(
    materialized='table', unlogged=true,
    post_hook="{{ gather_statistics(this) }}"
) }}

with survey_responses as (

    select * from {{ ref('input_layer__survey_responses') }}

),

known as (

    select
        response_id,
        source,
        customer_id,
        employee_id,
        order_id,
        contact_id,
        coalesce(respondent_role, 'customer') as respondent_role,
        -- whoever it is, known or not
        coalesce(customer_id, case when respondent_role != 'customer' then employee_id end, response_id)
            as respondent_id,
        instrument,
        coalesce(rated_company, 'own') as rated_company,
        {{ if_happened('invited_at') }} as invited_at,
        {{ if_happened('submitted_at') }} as submitted_at

    from survey_responses

    where {{ happened('invited_at') }} or {{ happened('submitted_at') }}

),

-- Who answers the same questionnaire about the same thing again in a quarter has changed their mind: the last answer counts.
-- Anonymous answers cannot be told apart and count each.
ranked as (

    select
        *,
        {{ period_start('coalesce(invited_at, submitted_at)', 'quarter') }} as asked_period,
        {{ period_start('submitted_at', 'quarter') }} as period,
        row_number() over (
            partition by
                respondent_id,
                respondent_role,
                instrument,
                rated_company,
                order_id,
                contact_id,
                {{ period_start('submitted_at', 'quarter') }}
            order by submitted_at desc, response_id desc
        ) as place

    from known

),

final as (

    select
        -- ids
        response_id,
        source,
        customer_id,
        respondent_id,
        order_id,
        contact_id,

        -- text
        respondent_role,
        instrument,
        rated_company,

        -- booleans
        invited_at is not null as is_invited,
        submitted_at is not null as is_returned,
        submitted_at is not null and place = 1 as is_counted,

        -- timestamps
        asked_period,
        period,
        submitted_at,
        cast(submitted_at as date) as submitted_on

    from ranked

)

select * from final

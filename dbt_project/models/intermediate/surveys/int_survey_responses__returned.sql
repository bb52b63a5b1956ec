-- depends_on: {{ ref('int_changes__customers') }}
with survey_responses as (

    select * from {{ ref('input_layer__survey_responses') }}

),

final as (

    select
        -- ids
        response_id,
        source,
        customer_id,
        employee_id,
        order_id,
        contact_id,

        -- text
        respondent_role,
        instrument,
        rated_company,

        -- timestamps
        submitted_at,
        cast(submitted_at as date) as submitted_on

    from survey_responses

    where
        {{ happened('submitted_at') }}
        and {{ is_touched_or_nobodys('customer_id') }}

)

select * from final
